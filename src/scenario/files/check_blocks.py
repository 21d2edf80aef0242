"""The shape of checks in a scenario file: what each may say, of which kind, and what it means."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from scenario.files.block import Block, Names, Natural, Pause, Seconds, Share, Status, Whole
from scenario.types import Outcome


class ToolBlock(Block, frozen=True, kw_only=True):
    """A tool call that is looked for."""

    name: Annotated[str, Meta(description="the tool's name")]
    arguments: Annotated[dict[str, Any] | None, Meta(description="arguments that it must have, among others")] = None
    times: Annotated[Whole | None, Meta(description="how often exactly")] = None


class JmespathBlock(Block, frozen=True, kw_only=True):
    """A place in the agent's JSON and what must stand there."""

    path: Annotated[str, Meta(description="a JMESPath into the last answer's JSON")]
    equals: Annotated[Any, Meta(description="the value that must stand there; any that is not empty if absent")] = (
        msgspec.UNSET
    )
    contains: Annotated[str | None, Meta(description="a text that must be part of what stands there")] = None


class JsonSchemaBlock(Block, frozen=True, kw_only=True):
    """What the agent's JSON must be as."""

    schema: Annotated[dict[str, Any] | bool | str, Meta(description="a JSON Schema, or a file of one beside this file")]
    path: Annotated[str | None, Meta(description="a JMESPath to what is looked at; all of it if absent")] = None


class CostBlock(Block, frozen=True, kw_only=True):
    """What the agent's tokens may cost."""

    dollars: Annotated[Seconds, Meta(description="the limit for the whole conversation, in US dollars")]
    model: Annotated[str | None, Meta(description="the model that the agent uses, such as gpt-4o-mini")] = None
    input_price: Annotated[Pause | None, Meta(description="US dollars for a million tokens in; no model then")] = None
    output_price: Annotated[Pause | None, Meta(description="US dollars for a million tokens out")] = None


class SimilarBlock(Block, frozen=True, kw_only=True):
    """What the agent's last message must mean."""

    text: Annotated[str, Meta(description="a text that means about the same")]
    model: Annotated[str, Meta(description="a model of embeddings: openai/text-embedding-3-small")]
    at_least: Annotated[Share, Meta(description="the smallest cosine of the two that is enough")] = 0.8
    api_base: Annotated[str | None, Meta(description="the base URL of an OpenAI-compatible server")] = None
    api_key: Annotated[str | None, Meta(description="its key: $env.NAME, never the key itself")] = None


class ConformsBlock(Block, frozen=True, kw_only=True):
    """What the stream must conform to."""

    ignore: Annotated[Names, Meta(description="ids of rules that do not count, such as L03")] = []
    level: Annotated[
        Literal["error", "warning", "info"], Meta(description="what counts: errors, warnings too, or everything")
    ] = "error"


class OutcomeBlock(Block, frozen=True, kw_only=True):
    """How a stream must have ended."""

    expected: Annotated[Outcome, Meta(description="how it ended")] = "complete"
    end: Annotated[
        Literal["marked", "assumed"] | None, Meta(description="marked: the agent itself has said that it is over")
    ] = None


class ChecksBlock(Block, frozen=True, kw_only=True):
    """Deterministic checks of the conversation so far; each must hold."""

    text_contains: Annotated[str | Names | None, Meta(description="texts in the agent's last message")] = None
    text_lacks: Annotated[str | Names | None, Meta(description="texts that must not be in it")] = None
    text_equals: Annotated[str | None, Meta(description="what the agent's last message must be")] = None
    matches: Annotated[str | None, Meta(description="a regular expression found in the agent's last message")] = None
    matches_not: Annotated[str | None, Meta(description="a regular expression not found in it")] = None
    longer_than: Annotated[Whole | None, Meta(description="characters that the last message must exceed")] = None
    shorter_than: Annotated[Natural | None, Meta(description="characters that it must stay below")] = None
    jmespath: Annotated[JmespathBlock | str | None, Meta(description="a place in the last answer's JSON")] = None
    json_schema: Annotated[
        JsonSchemaBlock | str | None, Meta(description="a JSON Schema that the answer's JSON is as, or its file")
    ] = None
    tool_called: Annotated[ToolBlock | str | None, Meta(description="a tool that was called")] = None
    tool_not_called: Annotated[str | None, Meta(description="a tool that was not called")] = None
    tools_in_order: Annotated[Names | None, Meta(description="tools that were called, in this order")] = None
    ttft_below: Annotated[Seconds | None, Meta(description="seconds to the first content of the last answer")] = None
    total_below: Annotated[Seconds | None, Meta(description="seconds that the last answer took")] = None
    gap_below: Annotated[Seconds | None, Meta(description="the longest silence in the last answer, in seconds")] = None
    outcome: Annotated[OutcomeBlock | Outcome | None, Meta(description="how the last stream ended")] = None
    status: Annotated[Status | None, Meta(description="the last answer's HTTP status")] = None
    malformed_at_most: Annotated[Whole | None, Meta(description="events that could not be read")] = None
    stream_conforms: Annotated[
        ConformsBlock | bool | None, Meta(description="whether no answer so far breaks a rule of the lint")
    ] = None
    says_nothing_about: Annotated[
        str | Names | None, Meta(description="words that are in none of the agent's messages so far")
    ] = None
    language: Annotated[str | None, Meta(description="the language of the agent's last message: de")] = None
    cost_below: Annotated[CostBlock | None, Meta(description="what the agent's tokens so far may cost")] = None
    similar_to: Annotated[
        SimilarBlock | None, Meta(description="what the last message means, by a model of embeddings")
    ] = None
    all_of: Annotated[list["ChecksBlock"] | None, Meta(description="checks each of which holds")] = None
    any_of: Annotated[list["ChecksBlock"] | None, Meta(description="checks of which one holds, or more")] = None
    not_: Annotated["ChecksBlock | None", Meta(description="checks that do not hold together")] = None
    python: Annotated[str | None, Meta(description="a function of the state: module:attribute")] = None
