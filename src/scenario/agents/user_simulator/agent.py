"""The built-in user simulator: a model that plays the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from scenario.agents.message_text import text_of
from scenario.agents.model_attributes import ModelParticipant
from scenario.agents.model_calls import BlamedOn, reported_post, reporter, told_of_secrets
from scenario.agents.user_simulator.asking import LineRequest, asked_line, out_of_role, too_early
from scenario.agents.user_simulator.character import Character, character_of
from scenario.agents.user_simulator.ending import Said, named_ends
from scenario.agents.user_simulator.interrupts import (
    APPROVE,
    BY_MODEL,
    REJECT,
    answer_by_model,
    answer_by_test,
    check_on_interrupt,
)
from scenario.agents.user_simulator.model_monitor import breach_by_model
from scenario.agents.user_simulator.monitor import Breach, Watched, breach_of
from scenario.agents.user_simulator.prompt import simulator_messages
from scenario.config import ModelConfig
from scenario.config.without_effect import tell_without_effect
from scenario.dialogue.adapter import AgentInput, AgentReturnTypes
from scenario.errors import ConfigurationError, SettingTypeError, UserSimulatorError
from scenario.kinds import TEXT, Kinds, demand_kinds, optional
from scenario.llm.model import Model
from scenario.types import AgentRole

_KINDS: Final[Kinds] = {"system_prompt": optional(TEXT), "persona": optional(TEXT), "goal": optional(TEXT)}
_BY_RULES: Final = "rules"
_BY_MODEL: Final = "model"


class UserSimulatorAgent(ModelParticipant):
    """A user played by a model.

    It is shown the conversation from the user's side; what the agent does with tools is told to it as the agent's
    acts. Where the user has nothing more to say, because its model says so, the simulator returns [], and free play
    ends with the judge's verdict. What its model writes is checked: a line that was cut, that ends too early or that is
    not this user's is asked for once more, and is never said.

    Args:
        model: "provider/model", or a `ModelConfig`; the configured one by default, else what the environment offers.
        api_base: the base URL of any OpenAI-compatible server.
        api_key: its key.
        temperature: the configured one by default, else 0.0.
        max_tokens: the longest message, in tokens.
        system_prompt: replaces everything that is built in; the scenario's description is then not sent.
        persona: who the user is, in a sentence or more, or by name: "newcomer", "expert", "busy_professional",
            "angry_customer", "skeptic", "elderly_person", "teenager" or "non_native_speaker".
        goal: what the user wants, in a sentence or more.
        knows: facts by what they are of, {"order number": "4711"}: told when they are asked for; what stands in none of
            them is not made up.
        traits: how the user behaves: "impatient", "vague", "changes_mind", "wrong_about_facts", "types_badly",
            {"other_language": "German"}, or sentences of your own; each once.
        monitor: "rules" refuses lines that are surely not this user's (speaking as the agent, a refusal to play, leaked
            instructions, facts other than those in `knows`, the same over and over), and asks once more for those that
            may be more than the user's words; "model" asks the model of each line, too; False
            lets everything pass.
        on_interrupt: what the user answers an agent that waits in free play for more than words: "approve", "reject",
            "user" (the model decides in its role), or a function of the interrupt, and of the state where it takes two,
            that returns what `scenario.resume` takes (JSON can hold it). None leaves it waiting, which ends free play.
        voice: of voice tests, which this package does not have: without effect, as the next three are, and as a
            warning says.
        audio_effects: see `voice`.
        interrupt_probability: see `voice`.
        modality: see `voice`.
        extra: settings of the call (`timeout` in seconds, `extra_headers`, `max_retries`), or keys of the request's
            body; a warning names those that no server is known to take.

    Raises:
        ConfigurationError: there is no model anywhere, a name is no persona or trait, or a setting has no meaning or is
            of a wrong kind (a ValueError).
    """

    role = AgentRole.USER
    # Classes of users' own may leave our __init__ out.
    knows: Mapping[str, Any] | None = None
    traits: Any = None
    monitor: Any = _BY_RULES
    on_interrupt: Any = None

    def __init__(
        self,
        *,
        model: str | ModelConfig | None = None,
        api_base: str | None = None,
        api_key: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        system_prompt: str | None = None,
        voice: Any = None,
        persona: str | None = None,
        goal: str | None = None,
        audio_effects: Any = None,
        interrupt_probability: float = 0.0,
        modality: Any = None,
        knows: Mapping[str, str | int | float] | None = None,
        traits: Sequence[str | Mapping[str, str]] | Mapping[str, str] | str | None = None,
        monitor: str | bool | None = None,
        on_interrupt: str | Callable[..., Any] | None = None,
        **extra: Any,
    ) -> None:
        tell_without_effect(
            type(self).__name__,
            voice=voice,
            audio_effects=audio_effects,
            interrupt_probability=interrupt_probability,
            modality=modality,
        )
        self.system_prompt = system_prompt
        self.persona = persona
        self.goal = goal
        self.knows = knows
        self.traits = traits
        self.monitor = _monitor(type(self).__name__, monitor)
        self.on_interrupt = on_interrupt
        self._last_words: dict[str, str] = {}
        demand_kinds(type(self).__name__, _KINDS, self, SettingTypeError)
        check_on_interrupt(type(self).__name__, on_interrupt)
        self._character()
        self._be_played_by(
            model=model,
            api_base=api_base,
            api_key=api_key,
            temperature=temperature,
            max_tokens=max_tokens,
            extra=extra,
        )

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """The user's next message; [] where the user has nothing more to say.

        Raises:
            UserSimulatorError: twice, its model failed or gave nothing that this user could say.
        """
        if self._has_said_all(input):
            return []
        with BlamedOn(UserSimulatorError, self):
            model = self._model(input)
            said = await (self._continued if model.profile.simulate == "completion" else self._asked)(model, input)
        if not said.words:
            return []
        if said.is_last:
            self._last_words[input.thread_id] = said.words
        return {"role": "user", "content": said.words}

    @property
    def answers_interrupts(self) -> bool:
        """Whether it answers what agents wait for in free play."""
        return self.on_interrupt is not None

    def answer_interrupt(self, interrupt: Any, input: AgentInput) -> Any:  # noqa: A002 - as in `call`
        """The answer to what an agent waits for, or an awaitable of it.

        Args:
            interrupt: what the agent waits for.
            input: the conversation.

        Raises:
            ScriptError: the function of the test raised, or returned None.
            UserSimulatorError: the model that is to decide failed.
            ConfigurationError: the model cannot decide.
        """
        if self.on_interrupt in (APPROVE, REJECT):
            return {"approve": self.on_interrupt == APPROVE}
        if self.on_interrupt == BY_MODEL:
            return self._decided(interrupt, input)
        return answer_by_test(self.on_interrupt, interrupt, input)

    async def conversation_over(self, thread_id: str) -> None:
        """Forget what the conversation's last words were."""
        self._last_words.pop(thread_id, None)

    def _model(self, input: AgentInput) -> Model:  # noqa: A002 - as in `call`
        state = input.scenario_state
        return told_of_secrets(self.played_by.of_run(None if state is None else state.config), input.observer)

    def _character(self) -> Character:
        return character_of(persona=self.persona, goal=self.goal, knows=self.knows, traits=self.traits)

    def _has_said_all(self, input: AgentInput) -> bool:  # noqa: A002 - as in `call`
        """Whether its last words are the last that the user said: a rollback, or a line of the script, begins anew."""
        if (last := self.__dict__.get("_last_words", {}).get(input.thread_id)) is None:
            return False
        said = [text_of(message) for message in input.messages if message.get("role") == "user"]
        if said and said[-1] == last:
            return True
        del self._last_words[input.thread_id]
        return False

    async def _asked(self, model: Model, input: AgentInput) -> Said:  # noqa: A002 - as in `call`
        character, report = self._character(), reporter(model, input.observer)
        turn, floor = _place(input)
        watched = self._watched(character, input)

        async def look(line: str) -> Breach | None:
            breach = None if self.monitor is False else breach_of(line, watched)
            if breach is None and self.monitor == _BY_MODEL:
                return await breach_by_model(model, line, watched, answered=report)
            return breach

        messages = simulator_messages(
            description=watched.description,
            character=character,
            system_prompt=self.system_prompt,
            messages=watched.messages,
            may_end=turn >= floor,
        )
        ends = named_ends(self.system_prompt, watched.description, character.persona, character.goal)
        told = (character.persona, self.system_prompt or "")
        request = LineRequest(messages, told, turn, floor, look, ends, is_watched=self.monitor is not False)
        return await asked_line(model, request, report)

    async def _continued(self, model: Model, input: AgentInput) -> Said:  # noqa: A002 - as in `call`
        from scenario.llm.embedded.chat_log import next_user_line  # nobody else needs it

        if self.monitor == _BY_MODEL:
            raise _needs_another(model, "monitor='model'", "monitor='rules' needs none.")
        character = self._character()
        turn, floor = _place(input)
        watched = self._watched(character, input)
        told = character.sentences(watched.description if self.system_prompt is None else self.system_prompt)
        error = None
        for _ in range(2):
            async with model.alone():
                line = await next_user_line(
                    reported_post(model, input.observer), messages=watched.messages, description=told
                )
            breach = breach_of(line, watched) if line and self.monitor is not False else None
            if breach is None and (line is not None or turn > floor):
                return Said(line or "", is_last=False)
            error = too_early(turn, floor) if breach is None else out_of_role(line or "", breach, turn)
        raise error or too_early(turn, floor)

    async def _decided(self, interrupt: Any, input: AgentInput) -> Any:  # noqa: A002 - as in `call`
        with BlamedOn(UserSimulatorError, self):
            model = self._model(input)
            if model.profile.simulate == "completion":
                raise _needs_another(model, "on_interrupt='user'", "'approve', 'reject' and functions need none.")
            character = self._character()
            messages = simulator_messages(
                description=self._watched(character, input).description,
                character=character,
                system_prompt=self.system_prompt,
                messages=input.messages,
                may_end=False,
            )
            return await answer_by_model(model, messages, interrupt, answered=reporter(model, input.observer))

    def _watched(self, character: Character, input: AgentInput) -> Watched:  # noqa: A002 - as in `call`
        state = input.scenario_state
        description = "" if state is None else state.description
        return Watched(character, description, self.system_prompt, input.messages)


def _place(input: AgentInput) -> tuple[int, int]:  # noqa: A002 - as in `call`
    """The turn, from 1, and how many there are at least."""
    state = input.scenario_state
    floor = None if state is None else state.config.min_turns
    return (1 if state is None else state.current_turn + 1), (floor if isinstance(floor, int) else 0)


def _monitor(owner: str, monitor: object) -> str | bool:
    if monitor is None or monitor is True:
        return _BY_RULES
    if monitor is False or monitor in (_BY_RULES, _BY_MODEL):
        return monitor
    raise SettingTypeError(f'{owner}(monitor={monitor!r:.80}): give "rules", "model" or False.')


def _needs_another(model: Model, setting: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(
        f"{setting} asks a model to decide, and {model.name} can only continue a chat log. Name a larger one; {remedy}"
    )
