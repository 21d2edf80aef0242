"""The built-in user simulator: a model that plays the user."""

from __future__ import annotations

from typing import Any, Final

from scenario.agents.model_attributes import ModelParticipant
from scenario.agents.model_calls import BlamedOn, reported_post, reporter
from scenario.agents.user_simulator.line import user_line
from scenario.agents.user_simulator.prompt import simulator_messages
from scenario.config import ModelConfig
from scenario.config.without_effect import tell_without_effect
from scenario.dialogue.adapter import AgentInput, AgentReturnTypes
from scenario.errors import ModelResponseError, SettingTypeError, UserSimulatorError
from scenario.kinds import TEXT, Kinds, demand_kinds, optional
from scenario.llm.model import Completion, Model
from scenario.llm.structured import account_of
from scenario.types import AgentRole

_KINDS: Final[Kinds] = {"system_prompt": optional(TEXT), "persona": optional(TEXT), "goal": optional(TEXT)}


class UserSimulatorAgent(ModelParticipant):
    """A user played by a model.

    It is shown the conversation from the user's side; what the agent does with tools is told to it as the agent's
    acts. A model whose profile is "completion" (the embedded one) may find that the user is done: the simulator is
    silent then, and returns [].

    Args:
        model: "provider/model", or a `ModelConfig`; the configured one by default, else what the environment offers.
        api_base: the base URL of any OpenAI-compatible server.
        api_key: its key.
        temperature: the configured one by default, else 0.0.
        max_tokens: the longest message, in tokens.
        system_prompt: replaces everything that is built in; the scenario's description is then not sent.
        persona: who the user is, in a sentence or more.
        goal: what the user wants, in a sentence or more.
        voice: of voice tests, which this package does not have: without effect, as the next three are, and as a
            warning says.
        audio_effects: see `voice`.
        interrupt_probability: see `voice`.
        modality: see `voice`.
        extra: settings of the call (`timeout` in seconds, `extra_headers`, `max_retries`), or keys of the request's
            body; a warning names those that no server is known to take.

    Raises:
        ConfigurationError: there is no model anywhere, or a setting has no meaning or is of a wrong kind (a
            ValueError).
    """

    role = AgentRole.USER

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
        demand_kinds(type(self).__name__, _KINDS, self, SettingTypeError)
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
            UserSimulatorError: the model failed, or gave an empty answer twice.
        """
        with BlamedOn(UserSimulatorError, self):
            state = input.scenario_state
            model = self.played_by.of_run(None if state is None else state.config)
            description = "" if state is None else state.description
            if model.profile.simulate == "completion":
                line = await self._continued(model, input, description)
            else:
                line = await self._asked(model, input, description)
        return [] if line is None else {"role": "user", "content": line}

    async def _asked(self, model: Model, input: AgentInput, description: str) -> str:  # noqa: A002 - as in `call`
        messages = simulator_messages(
            description=description,
            persona=self.persona,
            goal=self.goal,
            system_prompt=self.system_prompt,
            messages=input.messages,
        )
        report = reporter(model, input.observer)
        useless: list[Completion] = []
        for attempt in range(2):
            completion = await model.complete(messages, attempt=attempt)
            report(completion)
            if line := user_line(completion.reply.text):
                return line
            useless.append(completion)
        model.forget(useless)
        account = account_of(model, useless[-1].reply)
        raise ModelResponseError(
            f"{model.name} gave an empty answer twice, which is nothing to say. {account}", status=200
        )

    async def _continued(self, model: Model, input: AgentInput, description: str) -> str | None:  # noqa: A002
        from scenario.llm.embedded.chat_log import next_user_line  # nobody else needs it

        situation = self.system_prompt if self.system_prompt is not None else description
        parts = [part for part in (self.persona, situation, self.goal) if part]
        told = " ".join(map(_sentence, parts)) if self.persona or self.goal else situation
        return await next_user_line(reported_post(model, input.observer), messages=input.messages, description=told)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
