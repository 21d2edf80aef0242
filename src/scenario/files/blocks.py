"""The shape of a scenario file: what it may say, of which kind, and what each setting means.

Files are checked against these structs, values are built of them, and `scenario schema` is generated from them, so that
the descriptions here are what an editor shows.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from scenario.files.block import Block, Controls, Fact, Names, Natural, Pair, Pause, Rows, Seconds, Share, Whole
from scenario.files.check_blocks import ChecksBlock
from scenario.files.plan_block import PlanBlock
from scenario.protocols.registry import AUTO, known_names

# A sentence, or checks, each of which is a criterion of its own.
Criteria: TypeAlias = list[str | ChecksBlock]


def protocols() -> list[str]:
    """What an agent's protocol may be."""
    return [AUTO, *sorted(known_names())]


class TimeoutsBlock(Block, frozen=True, kw_only=True):
    """Deadlines of one call to the agent, in seconds; null switches one off."""

    connect: Annotated[Seconds | None, Meta(description="until the connection stands, in seconds")] = 10.0
    first_byte: Annotated[Seconds | None, Meta(description="until the first byte of the response, in seconds")] = 60.0
    idle: Annotated[Seconds | None, Meta(description="the longest silence within the response, in seconds")] = 60.0
    total: Annotated[Seconds | None, Meta(description="the whole call, in seconds")] = 300.0


class AgentBlock(Block, frozen=True, kw_only=True):
    """The agent under test: behind a URL, or in this process."""

    url: Annotated[str | None, Meta(description="where the agent answers: http://localhost:8000/chat")] = None
    python: Annotated[
        str | None, Meta(description="an agent in this process: module:attribute, an adapter or what makes one")
    ] = None
    arguments: Annotated[
        dict[str, Any] | None, Meta(description="keyword arguments for what `python` names, where that is called")
    ] = None
    # Which names there are is known when a file is checked: other packages may bring dialects.
    protocol: Annotated[str, Meta(description="how the agent speaks; auto finds out", extra={"known": protocols})] = (
        AUTO
    )
    method: Annotated[Literal["POST", "GET", "PUT", "PATCH"], Meta(description="the HTTP method")] = "POST"
    headers: Annotated[
        dict[str, str] | None, Meta(description="headers of each request; $env.NAME is an environment variable")
    ] = None
    request: Annotated[
        dict[str, Any] | list[Any] | str | None,
        Meta(description="the body, with $messages, $message, $thread_id, $session, $env.NAME; else the protocol's"),
    ] = None
    form: Annotated[
        dict[str, Any] | None,
        Meta(description="the body as a form, with placeholders; {file: letter.pdf} is a file, beside this one"),
    ] = None
    reply: Annotated[str | None, Meta(description="a JMESPath: where the text is in the answer's JSON")] = None
    history: Annotated[
        Literal["full", "last"], Meta(description="full sends the conversation, last only the user's newest message")
    ] = "full"
    session: Annotated[
        str | None, Meta(description="a JMESPath to a value of the response that goes back on the next turn")
    ] = None
    timeouts: Annotated[
        TimeoutsBlock | Seconds | None, Meta(description="deadlines, or seconds for the whole call")
    ] = None
    done: Annotated[
        bool | str | None, Meta(description="what ends a home-made stream: true demands an end, a text is that end")
    ] = None
    end: Annotated[
        str | None, Meta(description="a JMESPath condition that ends the answer where it holds: type == 'done'")
    ] = None
    pieces: Annotated[
        Literal["add", "replace"],
        Meta(description="replace: each text of a home-made stream is all of the answer so far"),
    ] = "add"
    quiet: Annotated[
        Seconds | None, Meta(description="over a WebSocket: seconds without a message that end the answer")
    ] = None
    keep_open: Annotated[
        bool, Meta(description="over a WebSocket: whether a conversation keeps its connection between turns")
    ] = True
    events_url: Annotated[
        str | None, Meta(description="the event stream that answers, where the request itself is only accepted")
    ] = None
    reconnect: Annotated[
        bool | Whole | None,
        Meta(description="a GET's stream that is cut: whether, or how often, it is connected to again"),
    ] = None
    cookies: Annotated[
        Literal["conversation"] | None, Meta(description="conversation keeps a conversation's cookies until its end")
    ] = None
    redirects: Annotated[
        Literal["same-host", "any", "none"],
        Meta(description="where redirects are followed to: the agent's own host, any, or none"),
    ] = "same-host"
    verify: Annotated[bool | str, Meta(description="a CA bundle, beside this file; false trusts any certificate")] = (
        True
    )
    cert: Annotated[
        str | Pair | None, Meta(description="a client certificate: a PEM file, or that and its key's, beside this file")
    ] = None
    on_incomplete: Annotated[
        Literal["raise", "return"], Meta(description="what becomes of an answer that is not whole")
    ] = "raise"
    malformed: Annotated[
        Literal["error", "skip"], Meta(description="what becomes of an event that cannot be read: error, or skip it")
    ] = "error"
    finish_reasons: Annotated[
        dict[str, Literal["complete", "truncated", "error"]] | None,
        Meta(description="what a model's finish reasons mean: {length: complete}"),
    ] = None
    linger: Annotated[
        Pause | None, Meta(description="seconds to wait for more after an end, where the server keeps the body open")
    ] = None
    secrets: Annotated[
        list[str] | None, Meta(description="texts that are masked in whatever is kept or shown: $env.NAME, or the text")
    ] = None
    name: Annotated[str | None, Meta(description="what the agent is called in reports")] = None
    model: Annotated[str | None, Meta(description="the model's name, for protocols that send one")] = None
    cassette: Annotated[
        str | None, Meta(description="what this agent's calls are recorded into, in the place of the scenario's own")
    ] = None
    max_body_bytes: Annotated[Natural | None, Meta(description="the most that is kept of one response")] = None
    max_event_bytes: Annotated[Natural | None, Meta(description="the most that one event may have")] = None
    max_events: Annotated[Natural | None, Meta(description="the most events that one response may have")] = None


class CallBlock(Block, frozen=True, kw_only=True):
    """A model: which, where, and how it is called."""

    model: Annotated[str | None, Meta(description="provider/model, such as openai/gpt-4o-mini")] = None
    api_base: Annotated[str | None, Meta(description="the base URL of an OpenAI-compatible server")] = None
    api_key: Annotated[str | None, Meta(description="its key: $env.NAME, never the key itself")] = None
    temperature: Annotated[Pause | None, Meta(description="0 is the most regular")] = None
    max_tokens: Annotated[Natural | None, Meta(description="the longest answer, in tokens")] = None
    options: Annotated[
        dict[str, Any] | None, Meta(description="further settings of the call: timeout, or keys of the request's body")
    ] = None


class ModelBlock(CallBlock, frozen=True, kw_only=True):
    """A model that takes part: which, where, and what it is told."""

    system_prompt: Annotated[str | None, Meta(description="replaces the built-in instructions")] = None


class UserBlock(ModelBlock, frozen=True, kw_only=True):
    """The simulated user."""

    persona: Annotated[
        str | None, Meta(description="who the user is, in a sentence or more, or by name: expert, angry_customer, …")
    ] = None
    goal: Annotated[str | None, Meta(description="what the user wants to reach")] = None
    knows: Annotated[
        dict[str, Fact] | None, Meta(description="facts, told when they are asked for; others are not made up")
    ] = None
    traits: Annotated[
        list[dict[str, str] | str] | str | None,
        Meta(description="how the user behaves: impatient, vague, …, {other_language: German}, or sentences"),
    ] = None
    monitor: Annotated[
        Literal["rules", "model"] | bool | None,
        Meta(description="refuses lines that are not this user's: by rules, by a model too, or false"),
    ] = None
    on_interrupt: Annotated[
        Literal["approve", "reject", "user"] | None,
        Meta(description="the answer to an agent that waits for an approval; user: its model decides"),
    ] = None
    plan: Annotated[
        PlanBlock | None, Meta(description="a dialogue plan in the place of a model, and of all else here")
    ] = None


class JudgeBlock(ModelBlock, frozen=True, kw_only=True):
    """The judge."""

    criteria: Annotated[Criteria, Meta(description="what the conversation must meet: sentences, and checks")] = []
    threshold: Annotated[Share, Meta(description="the share of the criteria that must be met; 1 is all of them")] = 1.0
    votes: Annotated[Natural | None, Meta(description="how many answers each verdict rests on; all must agree")] = None
    models: Annotated[Names | None, Meta(description="models that vote, in the place of `model`")] = None
    ask: Annotated[
        Literal["all", "each"] | None, Meta(description="all criteria in one request, or each in one of its own")
    ] = None
    every: Annotated[
        Literal["turn", "end"] | Natural | None,
        Meta(description="when it is asked in free play: after every turn, at the end, or after every so many turns"),
    ] = None
    controls: Annotated[
        Controls | None,
        Meta(description="statements of known truth among the criteria; 3 for a decision model if absent"),
    ] = None
    escalate_to: Annotated[
        CallBlock | str | None, Meta(description="another judge's model, asked about what is left undecided alone")
    ] = None


class CheckpointBlock(Block, frozen=True, kw_only=True):
    """A verdict in the middle."""

    criteria: Annotated[Criteria | None, Meta(description="these criteria only; the judge's own if absent")] = None
    context: Annotated[str | None, Meta(description="text for the judge that the conversation does not hold")] = None


class LineBlock(Block, frozen=True, kw_only=True):
    """A line of the agent."""

    content: Annotated[str | None, Meta(description="a scripted line; the agent is asked if absent")] = None
    wait: Annotated[bool, Meta(description="false goes on at once; the answer is collected at the next step")] = True


class StepBlock(Block, frozen=True, kw_only=True):
    """A step of the script: one of these."""

    user: Annotated[str | None, Meta(description="what the user says; the simulator is asked if absent")] = None
    agent: Annotated[str | LineBlock | None, Meta(description="the agent answers; a text is a scripted line")] = None
    judge: Annotated[
        str | Criteria | CheckpointBlock | None,
        Meta(description="a verdict; with criteria, on these only, and then on"),
    ] = None
    proceed: Annotated[Whole | None, Meta(description="free play for so many turns")] = None
    succeed: Annotated[str | None, Meta(description="end as a success, with this reason")] = None
    fail: Annotated[str | None, Meta(description="end as a failure, with this reason")] = None
    message: Annotated[dict[str, Any] | None, Meta(description="a message as it is: role, content")] = None
    check: Annotated[ChecksBlock | None, Meta(description="deterministic checks, each of which must hold")] = None
    checks: Annotated[list[ChecksBlock] | ChecksBlock | None, Meta(description="the same; also a list of them")] = None
    resume: Annotated[Any, Meta(description="the answer to what the agent waits for")] = msgspec.UNSET
    approve: Annotated[None, Meta(description="say yes to what the agent waits for")] = None
    reject: Annotated[str | None, Meta(description="say no to what the agent waits for, with this reason")] = None
    wait: Annotated[Pause | None, Meta(description="a pause, in seconds")] = None


BareStep: TypeAlias = Literal["user", "agent", "judge", "proceed", "succeed", "fail", "approve", "reject"]


class LimitsBlock(Block, frozen=True, kw_only=True):
    """How long a conversation may last."""

    max_turns: Annotated[Natural | None, Meta(description="turns of free play; 10 if absent")] = None
    min_turns: Annotated[Whole | None, Meta(description="turns before the judge may end free play")] = None
    max_time: Annotated[Seconds | None, Meta(description="seconds for the whole scenario")] = None


class ParametersBlock(Block, frozen=True, kw_only=True):
    """Values for ${name} in the scenario's texts; one scenario for each row."""

    matrix: Annotated[
        dict[str, Annotated[list[Any], Meta(min_length=1)]] | None, Meta(description="every combination of these")
    ] = None
    rows: Annotated[Rows | None, Meta(description="one mapping for each row")] = None
    file: Annotated[str | None, Meta(description="a CSV or JSONL file beside this one, a row on each line")] = None


class CassetteBlock(Block, frozen=True, kw_only=True):
    """A file of recorded calls."""

    path: Annotated[str, Meta(description="the file, beside this one")]
    mode: Annotated[
        Literal["auto", "record", "replay", "off"],
        Meta(description="auto plays what is recorded and records what is not; replay never opens a socket"),
    ] = "auto"
    match: Annotated[
        Literal["content", "order"],
        Meta(description="which call answers a request: the one that says the same, or the next one"),
    ] = "content"
    ignore: Annotated[Names, Meta(description="JMESPaths into the body, and ?parameters, that do not count")] = []
    speed: Annotated[
        Literal["instant", "recorded"] | Seconds, Meta(description="how fast it plays: 10 is ten times as fast")
    ] = "instant"


class ScenarioBlock(Block, frozen=True, kw_only=True):
    """One scenario."""

    name: Annotated[str, Meta(description="what it is called in reports; the file's name if absent")] = ""
    description: Annotated[str, Meta(description="the situation: context for the simulated user and the judge")] = ""
    agent: Annotated[AgentBlock | str, Meta(description="the agent under test, or just its URL")]
    user: Annotated[UserBlock | str | None, Meta(description="the simulated user, or just the persona")] = None
    judge: Annotated[JudgeBlock | Criteria | None, Meta(description="the judge, or just the criteria")] = None
    model: Annotated[str | None, Meta(description="the model of user and judge that name none")] = None
    script: Annotated[list[StepBlock | BareStep] | None, Meta(description="the steps; free play if absent")] = None
    limits: Annotated[LimitsBlock, Meta(description="how long the conversation may last")] = LimitsBlock()
    tags: Annotated[Names, Meta(description="words to select it by: scenario run --tag")] = []
    parameters: Annotated[ParametersBlock | None, Meta(description="values for ${name}: one scenario for each row")] = (
        None
    )
    set_id: Annotated[str | None, Meta(description="groups scenarios in reports")] = None
    metadata: Annotated[dict[str, Any] | None, Meta(description="kept with the run")] = None
    cache_key: Annotated[str | None, Meta(description="serve model calls from disk under this key")] = None
    cassette: Annotated[
        CassetteBlock | str | None, Meta(description="what its calls are recorded into, or just the file")
    ] = None


Extends: TypeAlias = Annotated[
    str | Names | None, Meta(description="blocks to build on: a name under `shared`, a file, or file#name")
]

SCENARIO_NAMES: Final = tuple(field.name for field in msgspec.structs.fields(ScenarioBlock))
STEP_NAMES: Final = tuple(field.name for field in msgspec.structs.fields(StepBlock))
FILE_NAMES: Final = (*SCENARIO_NAMES, "extends", "shared", "scenarios")
