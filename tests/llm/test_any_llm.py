"""Models through any-llm: what is asked for through it, what its errors become, and the package itself on loopback."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.config import ModelConfig, ScenarioConfig
from scenario.dialogue.current_run import current_config
from scenario.errors import ConfigurationError, ModelResponseError, ModelUnreachableError, ScenarioFileError
from scenario.files.loading import load
from scenario.llm.any_llm_transport import AnyLlmTransport, is_installed
from scenario.llm.model import Model
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, ModelTarget, resolve_model
from scenario.testing import ModelReply, ModelServer, ToolUse
from scenario.transport.retrying import RetryingTransport
from tests.llm.asking import QUESTION, Waits

needs_any_llm = pytest.mark.skipif(
    not is_installed(), reason="any-llm is not installed: pip install -e '.[any-llm]' runs these"
)
without_any_llm = pytest.mark.skipif(is_installed(), reason="any-llm is installed, and these are about its absence")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of that name can be found; nobody loads it."""
    (tmp_path / "site" / "any_llm").mkdir(parents=True)
    (tmp_path / "site" / "any_llm" / "__init__.py").write_text("raise AssertionError('it was loaded too early')")
    monkeypatch.syspath_prepend(tmp_path / "site")


def resolved(default: Any = None, **told: Any) -> ModelTarget:
    """What comes of these settings."""
    return resolve_model(ModelSettings(**told), {}, default, ollama=lambda: False)


class Completion:
    """What any-llm answers: OpenAI's completion as a model of pydantic."""

    def model_dump_json(self, **options: Any) -> str:
        """As JSON."""
        message = {"role": "assistant", "content": "hi", "reasoning": "hm"}
        usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        return json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}], "usage": usage})


class ScriptedClient:
    """Answers as any-llm's client does: an exception of the script, then a completion."""

    ENV_API_KEY_NAME = "ELSEWHERE_API_KEY"

    def __init__(self, *script: Exception) -> None:
        self.asked: list[dict[str, Any]] = []
        self.made = 0
        self.client = self
        self.closed = 0
        self._script = list(script)

    def make(self, provider: str, api_base: str | None, api_key: str | None) -> ScriptedClient:
        """As `connect=`."""
        self.made += 1
        return self

    async def acompletion(self, **settings: Any) -> Any:
        """The next of the script."""
        self.asked.append(settings)
        if self._script:
            raise self._script.pop(0)
        return Completion()

    async def close(self) -> None:
        """Noted."""
        self.closed += 1


def model_of(client: ScriptedClient, waits: Waits | None = None, **settings: Any) -> Model:
    """A model that is asked through that client, with the usual retries."""
    target = ModelTarget(name="elsewhere/x", model="x", api_base="any-llm://elsewhere", any_llm="elsewhere", **settings)
    transport = AnyLlmTransport("elsewhere", api_key=target.api_key, connect=client.make)
    retrying = RetryingTransport(transport, sleep=waits or Waits(), jitter=lambda: 0.5)
    return Model(target, transport=retrying, environ=os.environ)


def foreign(name: str, words: str, bases: tuple[type[Exception], ...] = (Exception,), **attributes: Any) -> Exception:
    """An exception as any-llm and the packages below it raise them: known by its class's name and its attributes."""
    return type(name, bases, attributes)(words)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("named", "provider", "model"),
    [
        ("bedrock/us.amazon.nova-pro-v1:0", "bedrock", "us.amazon.nova-pro-v1:0"),
        ("vertex_ai/gemini-2.5-pro", "vertexai", "gemini-2.5-pro"),
        ("huggingface/meta-llama/Llama-3", "huggingface", "meta-llama/Llama-3"),
        ("vllm/own", "vllm", "own"),
        ("any-llm/mistral/mistral-small", "mistral", "mistral-small"),
        ("any_llm/openai/gpt-4o", "openai", "gpt-4o"),
    ],
)
def test_what_is_not_native_goes_through_any_llm(named: str, provider: str, model: str) -> None:
    """A provider that nobody here speaks, and any that is named after any-llm; nothing is loaded for it yet."""
    target = resolved(model=named)
    assert (target.any_llm, target.model, target.name) == (provider, model, named)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "told",
    [
        {"model": "mistral/mistral-small"},
        {"model": "gpt-4o"},
        {"model": "meta-llama/Llama-3", "api_base": "http://127.0.0.1:8000/v1"},
    ],
)
def test_what_is_native_stays_so(told: dict[str, str]) -> None:
    """A provider that is spoken natively, and a server of one's own, are asked directly."""
    assert resolved(**told).any_llm is None


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("lender", "borrower", "lent"),
    [
        ("bedrock/a", "bedrock/b", True),
        ("bedrock/a", "cohere/b", False),
        ("any-llm/groq/a", "any-llm/groq/b", True),
        ("any-llm/groq/a", "any-llm/xai/b", False),
        ("any-llm/groq/a", "groq/b", False),
    ],
)
def test_a_key_is_lent_to_its_own_provider_alone(lender: str, borrower: str, lent: bool) -> None:
    """The configured key never goes to another provider, though both are reached through any-llm."""
    target = resolved(ModelConfig(lender, api_key="secret"), model=borrower)
    assert target.api_key == ("secret" if lent else None)


@without_any_llm
@pytest.mark.parametrize("named", ["bedrock/x", "any-llm/mistral/x"])
def test_a_missing_extra_says_how_to_install_it(named: str) -> None:
    """Who needs any-llm is told the command."""
    with pytest.raises(ConfigurationError, match=r"pip install 'any-llm-sdk"):
        resolved(model=named)


def file_with(named: str, folder: Path) -> Path:
    """A scenario file whose user and judge have this model."""
    path = folder / "weather.yaml"
    path.write_text(
        f"name: weather\nagent: {{url: 'http://127.0.0.1:8000/chat'}}\nmodel: {named}\njudge: [It answers]\n"
    )
    return path


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("named", ["bedrock/x", "any-llm/mistral/x"])
def test_scenario_files_name_models_of_any_llm(named: str, tmp_path: Path) -> None:
    """A file is not refused for a provider that any-llm may know."""
    assert load(file_with(named, tmp_path))


@without_any_llm
@pytest.mark.parametrize("named", ["bedrock/x", "any-llm/mistral/x"])
def test_scenario_files_say_what_is_missing(named: str, tmp_path: Path) -> None:
    """Without the extra, a file's mistake names the command."""
    with pytest.raises(ScenarioFileError, match=r"pip install 'any-llm-sdk"):
        load(file_with(named, tmp_path))


@pytest.mark.parametrize("named", ["any-llm/mistral", "any-llm/mistral/", "any-llm//x"])
def test_any_llm_needs_provider_and_model(named: str) -> None:
    """Both parts must be there."""
    with pytest.raises(ConfigurationError, match="any-llm/provider/model"):
        resolved(model=named)


async def test_the_answer_is_read_as_openai_s() -> None:
    """Text, reasoning and tokens come from the completion; nobody knows a price."""
    client = ScriptedClient()
    completion = await model_of(client).complete(QUESTION, tools=[{"type": "function", "function": {"name": "f"}}])
    assert (completion.reply.text, completion.reply.reasoning, completion.cost) == ("hi", "hm", None)
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (3, 4)
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert client.asked == [{"model": "x", "messages": QUESTION, "temperature": 0.0, "tools": tools}]


async def test_too_many_requests_are_waited_for() -> None:
    """The provider's `Retry-After` is obeyed by the same retries as everywhere."""
    waits = Waits()
    client = ScriptedClient(foreign("RateLimitError", "slow down", status_code=429, retry_after="7"))
    assert (await model_of(client, waits).complete(QUESTION)).reply.text == "hi"
    assert waits.seconds == [7.0]


async def test_a_lost_connection_is_tried_again() -> None:
    """It is known by what lies below any-llm's own error."""
    lost = foreign("ProviderError", "Connection error.", original_exception=foreign("APIConnectionError", "lost"))
    client = ScriptedClient(lost, lost, lost)
    with pytest.raises(ModelUnreachableError, match="Connection error"):
        await model_of(client).complete(QUESTION)
    assert len(client.asked) == 3


async def test_a_refused_parameter_is_left_out() -> None:
    """any-llm refuses by an exception what servers refuse by a status."""
    client = ScriptedClient(foreign("UnsupportedParameterError", "'temperature' is not supported for elsewhere"))
    model = model_of(client)
    assert (await model.complete(QUESTION)).reply.text == "hi"
    await model.complete(QUESTION)
    assert ["temperature" in asked for asked in client.asked] == [True, False, False]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (foreign("AuthenticationError", "bad key: secret"), 401, r"bad key: \*\*\*.*any-llm reads for elsewhere"),
        (foreign("ModelNotFoundError", "no x", status_code=404), 404, "no x"),
        (foreign("NotImplementedError", "no chat", (NotImplementedError,)), 501, "no chat"),
        (foreign("ValidationError", "role", (ValueError,)), 0, "ValidationError: role"),
        (foreign("ProviderError", "not JSON", status_code=200), 0, "not JSON"),
    ],
)
async def test_errors_are_the_model_s(error: Exception, status: int, words: str) -> None:
    """Whatever any-llm raises is a `ModelResponseError` with its words, without the key; a refused key is a setting."""
    with pytest.raises(ModelResponseError, match=words) as raised:
        await model_of(ScriptedClient(error), api_key="secret").complete(QUESTION)
    assert (raised.value.status, raised.value.fault) == (status, "configuration" if status == 401 else "model")


@pytest.mark.parametrize("name", ["MissingApiKeyError", "ModuleNotFoundError", "UnsupportedProviderError"])
async def test_what_is_missing_is_a_mistake_of_the_settings(name: str) -> None:
    """A key, a package or a provider that is not there is nobody's failure but the configuration's."""
    bases = (ImportError,) if name.startswith("Module") else (Exception,)
    with pytest.raises(ConfigurationError, match="elsewhere"):
        await model_of(ScriptedClient(foreign(name, "what elsewhere needs", bases))).complete(QUESTION)


async def test_a_key_of_the_environment_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """any-llm finds keys itself; in an error's words they are hidden all the same."""
    monkeypatch.setenv("ELSEWHERE_API_KEY", "found-there")
    with pytest.raises(ModelResponseError) as raised:
        await model_of(ScriptedClient(foreign("AuthenticationError", "no: found-there"))).complete(QUESTION)
    assert "found-there" not in str(raised.value)


async def test_the_deadline_holds() -> None:
    """A provider that never answers is given up after `timeout`."""

    class Silent(ScriptedClient):
        async def acompletion(self, **settings: Any) -> Any:
            await asyncio.Event().wait()

    settings = resolved(model="openai/x", extra={"timeout": 0.05}).settings
    with pytest.raises(ModelUnreachableError, match="not whole in time"):
        await model_of(Silent(), settings=settings).complete(QUESTION)


async def test_callers_at_once_share_one_client() -> None:
    """The first call makes it, however many come first."""
    client = ScriptedClient()
    model = model_of(client)
    await asyncio.gather(*(model.complete(QUESTION) for _ in range(5)))
    assert client.made == 1


def test_each_loop_has_its_client_and_closes_it() -> None:
    """A model outlives an event loop, its connections do not."""
    client = ScriptedClient()
    model = model_of(client)
    for _ in range(2):
        asyncio.run(model.complete(QUESTION))
    assert (client.made, client.closed) == (2, 2)


async def test_answers_are_kept() -> None:
    """With a cache key the second run asks nobody."""
    client = ScriptedClient()
    token = current_config.set(ScenarioConfig(cache_key="kept"))
    try:
        answers = [await model_of(client).complete(QUESTION) for _ in range(2)]
    finally:
        current_config.reset(token)
    assert [answer.cached for answer in answers] == [False, True]
    assert len(client.asked) == 1


Asked = Callable[[ModelServer], Model]


@pytest.fixture
def through_any_llm() -> Asked:
    """A model at a server on loopback, asked by the real package's client for OpenAI."""

    def asked(server: ModelServer) -> Model:
        target = resolved(model="any-llm/openai/test-model", api_base=server.base_url, api_key="test-key")
        return open_model(target, sleep=Waits(), jitter=lambda: 0.5)

    return asked


@needs_any_llm
async def test_the_real_package_asks_and_answers(through_any_llm: Asked) -> None:
    """Tools go out, a call and its tokens come back."""
    reply = ModelReply(tools=(ToolUse(name="f", arguments={"x": 1}),), input_tokens=3, output_tokens=4)
    async with ModelServer([reply]) as server:
        tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
        completion = await through_any_llm(server).complete(QUESTION, tools=[tool], tool_choice="required")
    assert [(call.name, call.arguments) for call in completion.reply.tool_calls] == [("f", {"x": 1})]
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (3, 4)
    assert server.requests[0].headers["authorization"] == "Bearer test-key"
    assert server.requests[0].body["tool_choice"] == "required"


@needs_any_llm
async def test_the_real_package_s_errors_are_understood(through_any_llm: Asked) -> None:
    """A transient status is tried again, a refused parameter left out, a final status told."""
    async with ModelServer(statuses=[503], refuse=["temperature"]) as server:
        model = through_any_llm(server)
        assert (await model.complete(QUESTION)).reply.text
        assert len(server.requests) == 3
    async with ModelServer(statuses=[401]) as server:
        with pytest.raises(ModelResponseError, match="HTTP 401") as raised:
            await through_any_llm(server).complete(QUESTION)
        assert raised.value.status == 401


@needs_any_llm
async def test_the_real_package_finds_nobody(through_any_llm: Asked) -> None:
    """A server that is not there is unreachable."""
    async with ModelServer() as server:
        model = through_any_llm(server)
    with pytest.raises(ModelUnreachableError):
        await model.complete(QUESTION)


@needs_any_llm
@pytest.mark.parametrize(
    ("named", "words"), [("nobody/x", "any-llm does not know"), ("any-llm/deepseek/x", "DEEPSEEK_API_KEY")]
)
async def test_the_real_package_s_demands_are_told(named: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown provider and a missing key are mistakes of the settings."""
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match=words):
        await open_model(resolved(model=named)).complete(QUESTION)


@needs_any_llm
async def test_a_whole_scenario_is_judged_through_the_real_package() -> None:
    """Simulator and judge speak through any-llm, with structured verdicts."""
    async with ModelServer(verdicts={"polite": "failed"}) as server:
        told: dict[str, Any] = {"model": "any-llm/openai/x", "api_base": server.base_url, "api_key": "k"}

        class Echo(scenario.AgentAdapter):
            async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the interface's name
                return "yes"

        result = await scenario.run(
            name="any-llm",
            description="",
            agents=[
                Echo(),
                scenario.UserSimulatorAgent(**told),
                scenario.JudgeAgent(criteria=["It answers", "It is polite"], **told),
            ],
            script=[scenario.user(), scenario.agent(), scenario.judge()],
        )
    assert not result.success
    assert (result.passed_criteria, result.failed_criteria) == (["It answers"], ["It is polite"])
