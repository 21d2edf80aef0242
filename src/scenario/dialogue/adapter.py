"""What a participant is, and what it is handed when its turn comes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from scenario.dialogue.current_run import current_observer
from scenario.dumpable import selected
from scenario.errors import ScriptError, ScriptTypeError
from scenario.exchange import Exchange
from scenario.redaction import Secrets
from scenario.types import AgentRole, Judgment, JudgmentRequest, Message, ScenarioResult, Usage

if TYPE_CHECKING:
    from scenario.dialogue.state import ScenarioState

# What a participant may return: text, a message, messages, or a result that ends the run. `Any` stands for message
# objects of other libraries (anything with `model_dump` and a role).
AgentReturnTypes: TypeAlias = str | Message | list[Message] | ScenarioResult | Any

# A message as an agent is handed it: a dictionary. An agent hands it on, to a client library with message types of its
# own, and each of these takes it.
HandedMessage: TypeAlias = Any


class CallObserver(Protocol):
    """Where a participant reports what happens while it answers; the run turns it into events and records."""

    def text_delta(self, text: str) -> None:
        """A piece of the answer's text has arrived."""

    def exchange_recorded(self, exchange: Exchange) -> None:
        """A call over the wire is over, complete or not."""

    def model_called(self, model: str, usage: Usage, *, seconds: float, cost: float | None) -> None:
        """A model has answered a request."""

    def interrupted(self, interrupt: Any) -> None:
        """The agent has stopped for a human; None where it has gone on."""

    def judgment_given(self, judgment: Judgment) -> None:
        """A judge's model has answered what it was asked about the conversation."""

    def keeps_secret(self, secrets: Secrets) -> None:
        """These are sent to an agent or a model: they are masked in whatever the run keeps or shows."""


class SilentObserver:
    """An observer that nobody reads: inputs that are built outside of a run have it."""

    def text_delta(self, text: str) -> None:
        """Ignore it."""

    def exchange_recorded(self, exchange: Exchange) -> None:
        """Ignore it."""

    def model_called(self, model: str, usage: Usage, *, seconds: float, cost: float | None) -> None:
        """Ignore it."""

    def interrupted(self, interrupt: Any) -> None:
        """Ignore it."""

    def judgment_given(self, judgment: Judgment) -> None:
        """Ignore it."""

    def keeps_secret(self, secrets: Secrets) -> None:
        """Ignore it."""


class AgentInput:
    """What a participant is handed when its turn comes. It may be kept: later turns do not change it.

    Attributes:
        thread_id: the run's conversation id; send it to agents that keep state.
        judgment_request: set where a judge is asked for a verdict.
        scenario_state: the state of the run; None where the input was built by hand, which type checkers leave to you.
        propagation_headers: headers that link the call with the run's trace.
        observer: where to report text as it arrives, exchanges and model calls.
        resume: the script's answer to what this agent waits for: the value of `scenario.resume(value)`, or
            {"approve": True} or {"approve": False, "reason": …}; None where there is none.

    Raises:
        ScriptTypeError: its messages are no list (a ValueError and a TypeError).
    """

    __slots__ = (
        "_messages",
        "_new_messages",
        "judgment_request",
        "observer",
        "propagation_headers",
        "resume",
        "scenario_state",
        "thread_id",
    )

    def __init__(
        self,
        *,
        thread_id: str,
        messages: Sequence[Mapping[str, Any]] | Callable[[], list[Message]],
        new_messages: Sequence[Mapping[str, Any]] | Callable[[], list[Message]] = (),
        judgment_request: JudgmentRequest | None = None,
        scenario_state: ScenarioState | None = None,
        propagation_headers: dict[str, str] | None = None,
        observer: CallObserver | None = None,
        resume: Any = None,
    ) -> None:
        self.thread_id: str = thread_id
        self._messages = _checked("messages", messages)
        self._new_messages = _checked("new_messages", new_messages)
        self.judgment_request: JudgmentRequest | None = judgment_request
        # `Any` beside it: in a run it is there, and who reads it is not made to ask.
        self.scenario_state: ScenarioState | Any = scenario_state
        self.propagation_headers: dict[str, str] = {} if propagation_headers is None else propagation_headers
        # An adapter that builds an input for another one, or for the class it derives from, reports through it.
        self.observer: CallObserver = observer or current_observer.get() or SilentObserver()
        self.resume: Any = resume

    # The whole conversation is copied only for those who read it: most participants look at the new messages alone,
    # and a turn must not cost more the longer the conversation is.
    @property
    def messages(self) -> list[HandedMessage]:
        """The whole conversation, as this participant's own copy."""
        if not isinstance(self._messages, list):
            self._messages = self._messages() if callable(self._messages) else list(self._messages)
        return self._messages

    @messages.setter
    def messages(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self._messages = messages

    @property
    def new_messages(self) -> list[HandedMessage]:
        """What came since this participant last spoke, its own messages excluded; its own copy."""
        if not isinstance(self._new_messages, list):
            self._new_messages = self._new_messages() if callable(self._new_messages) else list(self._new_messages)
        return self._new_messages

    @new_messages.setter
    def new_messages(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self._new_messages = messages

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> AgentInput:
        """Another input like this one, for an adapter that hands it on to another.

        Args:
            update: what differs, by the names of the attributes.
            deep: taken for compatibility: the messages are copies anyway.
        """
        del deep
        copied = {name.removeprefix("_"): getattr(self, name) for name in self.__slots__}
        copied["messages"], copied["new_messages"] = list(self.messages), list(self.new_messages)
        return type(self)(**copied | dict(update or {}))

    def model_dump(
        self, *, mode: str = "python", include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What stands in it as a new dictionary, the state as one too.

        Args:
            mode: taken for compatibility, without effect.
            include: what to dump, by name; None for all.
            exclude: what to leave out.
        """
        del mode
        request, state = self.judgment_request, self.scenario_state
        values = {
            "thread_id": self.thread_id,
            "messages": list(self.messages),
            "new_messages": list(self.new_messages),
            "judgment_request": None if request is None else request.model_dump(),
            "scenario_state": None if state is None else state.model_dump(),
            "propagation_headers": dict(self.propagation_headers),
        }
        return selected(values, include=include, exclude=exclude)

    def interrupted(self, interrupt: Any) -> None:
        """Tell the run that the agent has stopped for a human.

        It is then the state's `interrupt`, until the agent is called again: `scenario.resume(value)`, `approve()` and
        `reject()` answer it, and the answer is that call's `input.resume`. Remote agents tell by themselves.

        Args:
            interrupt: what the agent asks, as a JSON value: text, or a mapping with "kind" and "message".
        """
        self.observer.interrupted(interrupt)

    def last_new_user_message(self) -> HandedMessage:
        """The newest user message among the new ones.

        Raises:
            ScriptError: there is none (a ValueError).
        """
        for message in reversed(self.new_messages):
            if message.get("role") == "user":
                return message
        raise ScriptError(
            "There is no user message among the new messages of this turn: "
            "use `input.messages` for the whole conversation, or add a `scenario.user(...)` step before."
        )

    def last_new_user_message_str(self) -> str:
        """The text of the newest user message among the new ones.

        Raises:
            ScriptError: there is none, or its content is no string (a ValueError).
        """
        content = self.last_new_user_message().get("content")
        if isinstance(content, str):
            return content
        raise ScriptError(
            f"The last user message's content is no string but {type(content).__name__}: "
            "read it with `input.last_new_user_message()`."
        )

    def __repr__(self) -> str:
        return f"AgentInput(thread_id={self.thread_id!r}, new_messages={self.new_messages!r})"


def _checked(label: str, messages: Any) -> Any:
    if (
        isinstance(messages, list)
        or callable(messages)
        or (isinstance(messages, Sequence) and not isinstance(messages, str | bytes))
    ):
        return messages
    raise ScriptTypeError(f"AgentInput({label}={messages!r:.120}): give a list of messages, each a dictionary.")


class AgentAdapter(ABC):
    """A participant of the conversation: the agent under test, a user, or a judge.

    `call` may be a coroutine, a plain function (it then runs in a thread), or an asynchronous generator of text. What
    blocks belongs into a plain function: a coroutine that blocks holds up the other runs until that is noticed.

    A user that returns [] has nothing more to say, which ends free play. One that answers there what agents wait for
    has `answers_interrupts = True` and a method `answer_interrupt(interrupt, input)`, beside those that stand here.
    """

    role: AgentRole = AgentRole.AGENT
    name: str | None = None

    @abstractmethod
    def call(self, input: AgentInput) -> Any:  # noqa: A002 - the contract's name
        """Answer the conversation: text, a message, messages, or a `ScenarioResult` that ends the run.

        `AgentReturnTypes` are what it may return, yield or be awaited for. `Any` lets each class say which it is, and
        lets others await the call of an adapter whose class they do not know.
        """

    async def conversation_over(self, thread_id: str) -> None:  # noqa: B027 - most participants hold nothing
        """A run in which it took part is over: let go of what belongs to this conversation. Nothing by itself.

        Args:
            thread_id: the conversation's id, as its inputs had it.
        """


def resolve_agent_name(agent: object) -> str:
    """What a participant is called in messages and reports: its `name`, or its class's where that is blank."""
    name = getattr(agent, "name", None)
    return (name.strip() if isinstance(name, str) else "") or type(agent).__name__
