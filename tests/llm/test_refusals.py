"""What a complaint is about: a parameter, roles, a shape, the length; or nothing that another request changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.llm.complaint import Complaint, complaint_of, is_final
from scenario.llm.fetch import answer_of
from scenario.llm.needs import Needs
from scenario.llm.refusals import ORDER, STRUCTURAL, changed, needs_of, plain_needs_of

TOOL = {"type": "function", "function": {"name": "give", "strict": True, "parameters": {"additionalProperties": False}}}
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]
BODY: dict[str, Any] = {
    "model": "m",
    "messages": MESSAGES,
    "temperature": 0.0,
    "max_tokens": 9,
    "tools": [TOOL],
    "tool_choice": "required",
}
SHAPED = {name: value for name, value in BODY.items() if name not in ("tools", "tool_choice")} | {
    "response_format": {"type": "json_schema", "json_schema": {"strict": True, "schema": {}}}
}


def complaint(body: object, status: int = 400) -> Complaint:
    """What a server complains of with that body."""
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    found = complaint_of(answer_of(raw, status=status))
    assert found is not None
    return found


def first_need(body: object, status: int = 400, asked: dict[str, Any] = BODY, told: tuple[str, ...] = ()) -> str | None:
    """What is tried first; None where nothing is."""
    return next(iter(needs_of(complaint(body, status), asked, told=told)), None)


def said(words: str, **more: Any) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": words, **more}}


PLACES = {
    "message": said("Unsupported parameter: temperature"),
    "param": said("Unsupported value.", param="temperature"),
    "text": {"error": "temperature is not supported"},
    "flat": {"object": "error", "message": "temperature is not supported", "code": 400},
    "raw object": said("Provider returned error", metadata={"raw": {"error": {"message": "temperature: unknown"}}}),
    "raw text": said("Provider returned error", metadata={"raw": json.dumps(said("unknown: temperature"))}),
    "raw words": said("Provider returned error", metadata={"raw": "temperature is not a known parameter"}),
    "detail": {"detail": "temperature is not supported"},
    "detail list": {"detail": [{"loc": ["body", "temperature"], "msg": "extra fields not permitted"}]},
    "detail object": {"detail": {"error": {"message": "temperature is not supported"}}},
    "errors": {"errors": [{"message": "unknown field temperature"}]},
    "list": [said("Unknown name temperature")],
    "violations": said("Bad request.", details=[{"fieldViolations": [{"field": "temperature", "description": "?"}]}]),
    "words": "Bad request: unknown field temperature",
    "JSON in the message": said(json.dumps(said("unknown: temperature"))),
    "JSON after a prefix": said("litellm.BadRequestError: " + json.dumps(said("unknown: temperature"))),
    "own names": said(json.dumps({"model_provider": "b", "model_error": {"text": "temperature is not permitted"}})),
    "printed list": said("[{'type': 'extra', 'loc': ('body', 'temperature'), 'msg': 'no', 'input': 'tools strict'}]"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_a_parameter_is_found_wherever_it_is_named(place: str, status: int) -> None:
    """In whatever shape, and under the statuses that servers use for it."""
    assert first_need(PLACES[place], status) == "temperature"


def test_what_is_repeated_of_the_request_names_nothing() -> None:
    """Nor does what the model has written."""
    echoed = {"loc": ["body", "messages", 1], "msg": "no", "input": "temperature strict tools system roles alternate"}
    assert first_need({"detail": [echoed]}) is None
    assert first_need(said("It failed.", failed_generation="temperature is not supported")) is None
    for name in ("input", "request", "messages", "failed_generation"):
        own = {"provider_error": {"text": "no", name: "temperature is not supported"}}
        assert first_need(said(json.dumps(own))) is None


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("Invalid tool_choice type: 'object'.", "tool_choice=required"),
        ("Unknown parameter: 'tools[0].function.strict'.", "strict"),
        ("Invalid schema for function 'give': 'additionalProperties' is required to be supplied.", "strict"),
        ('Unknown name "additionalProperties": Cannot find field.', "additionalProperties"),
        ("System role not supported", "no system role"),
        ("Only user and assistant roles are supported!", "no system role"),
        ("Unsupported value: 'messages[0].role' does not support 'system' with this model.", "no system role"),
        ("Developer instruction is not enabled for models/g", "no system role"),
        ("Input should be 'user' or 'assistant'", "no system role"),
        ("Please use a valid role: user, model.", "no system role"),
        ("messages.0.role must be one of: user, assistant", "no system role"),
        ("temperature is not supported. Alternatively, take the first message as system prompt.", "temperature"),
        ("registry.example/m does not support tools", "tools"),
        ("No endpoints found that support tool use.", "tools"),
        ('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', "tools"),
        ("tools param requires --jinja flag", "tools"),
        ("The provided JSON schema contains features not supported by xgrammar.", "tools"),
        ("Failed to parse grammar", "tools"),
        ("m does not support parameters: ['tools', 'tool_choice']", "tools"),
        ("This model doesn't support tool use.", "tools"),
        ("error parsing tool call: raw='{', err=unexpected end", "tools"),
        ("This model doesn't support system messages.", "no system role"),
        ("cannot unmarshal object into Go struct field ChatRequest.tool_choice of type string", "tool_choice=required"),
        ("Only streaming is supported.", "stream"),
    ],
)
def test_what_servers_say_is_understood(words: str, need: str) -> None:
    """By what is tried first."""
    assert first_need(said(words)) == need


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("This response_format type is unavailable now", "response_format"),
        ("Unsupported JSON schema: type must be present", "response_format"),
        ("JSON schema conversion failed: Unrecognized schema", "response_format"),
        ("Failed to generate JSON. See 'failed_generation' for more details.", "response_format"),
        ("Failed to initialize samplers: std::exception", "response_format"),
        ("strict mode is unknown here", "strict"),
    ],
)
def test_a_shape_that_is_refused_is_told_apart(words: str, need: str) -> None:
    """From the tools that it stands in otherwise."""
    assert first_need(said(words), asked=SHAPED) == need


@pytest.mark.parametrize(
    "words",
    [
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "After the optional system message, conversation roles must alternate user and assistant roles.",
        "m does not support successive user or assistant messages",
        "roles must alternate, but found multiple user roles in a row",
        "Unexpected role 'user' after role 'user'",
        "Jinja Exception: something is wrong",
    ],
)
def test_neighbours_are_merged_before_the_system_role_is_given_up(words: str) -> None:
    """Which of the two is meant, the next complaint tells: templates say the same of both."""
    twice = {**BODY, "messages": [*MESSAGES, {"role": "user", "content": "Well?"}]}
    assert needs_of(complaint(said(words), 500), twice)[0] == "alternating roles"
    assert first_need(said(words), 500) == "no system role"


@pytest.mark.parametrize(
    "words",
    [
        "Last message must have role `user`.",
        "Expected last role to be one of: [user, tool] but got assistant",
        "This model does not support assistant message prefill. The conversation must end with a user message.",
    ],
)
def test_the_user_is_given_the_last_word(words: str) -> None:
    """Where the conversation ends with the assistant's; else there is nothing to change about that."""
    ended = {**BODY, "messages": [*MESSAGES, {"role": "assistant", "content": "Hi."}]}
    assert needs_of(complaint(said(words)), ended)[0] == "the user's last word"
    assert "the user's last word" not in needs_of(complaint(said(words)), BODY)


OTHERWISE = [
    (401, said("Incorrect API key; temperature")),
    (403, said("You do not have permission to use tools")),
    (403, said("Your plan does not permit function calling with tools; upgrade. System: not permitted.")),
    (403, said("System role not supported")),
    (400, said("Your current plan has no tools; please upgrade.")),
    (500, said("CUDA error in function launch_kernel; tools are not supported")),
    (500, said("The system encountered an unexpected error during processing. Try your request again.")),
    (429, said("Rate limit reached for tools")),
    (402, said("Insufficient credits for tools")),
    (404, said("The model `tools` does not exist or you do not have access to it.", code="model_not_found")),
    (404, {"error": 'model "m-tools" not found, try pulling it first'}),
    (400, said("The response was filtered due to the content management policy; temperature", code="content_filter")),
    (400, said("API key not valid. Please pass a valid API key for tools.")),
    (400, said("This model's maximum context length is 8 tokens; tools take 9. Reduce the length of the messages.")),
    (400, said("image_url is not supported by this model; tools are")),
    (400, said("This model does not support image input or tools.")),
    (503, said("The tools are overloaded")),
    (500, said("Internal server error")),
    (400, said("Something else is wrong")),
    (400, ""),
]


@pytest.mark.parametrize(("status", "body"), OTHERWISE)
def test_what_is_about_something_else_changes_nothing(status: int, body: object) -> None:
    """Whichever parameters it speaks of."""
    assert first_need(body, status) is None


@pytest.mark.parametrize(
    ("words", "told", "need"),
    [
        ("temperature must be between 0 and 2", (), "temperature"),
        ("temperature must be between 0 and 2", ("temperature",), None),
        ("temperature: only the default (1) is supported", ("temperature",), "temperature"),
        ("max_tokens is too large: 9. This model supports at most 8 completion tokens.", ("max_tokens",), None),
        ("max_tokens must be at least 16", ("max_tokens",), None),
    ],
)
def test_a_value_that_the_user_has_chosen_is_the_users_to_change(
    words: str, told: tuple[str, ...], need: str | None
) -> None:
    """A value out of range is told, and a parameter that is not taken is left out."""
    assert first_need(said(words), told=told) == need


TOO_LONG = [
    (400, said("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.")),
    (400, said("too many words", code="context_length_exceeded")),
    (400, said("Your input exceeds the context window of this model.")),
    (400, said("the request exceeds the available context size, try increasing it", type="exceed_context_size_error")),
    (400, said("prompt is too long: 213462 tokens > 200000 maximum")),
    (400, said("The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)")),
    (400, said("Please reduce the length of the messages or completion.")),
    (400, said("Input length 877338 exceeds the maximum allowed input length of 639968 tokens")),
    (400, said("Invalid request: Your request exceeded model token limit: 8192")),
    (400, said("The number of tokens to keep from the initial prompt is greater than the context length.")),
    (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097", "error_type": "v"}),
    (413, said("Request Entity Too Large")),
    (413, ""),
    (500, {"error": "input length exceeds the context length"}),
    (200, said("too long", code="context_length_exceeded")),
    (200, said("Provider returned error", code=400, metadata={"raw": "maximum context length is 8 tokens"})),
]
NOT_TOO_LONG = [
    (429, said("Request too large for m: tokens per minute (TPM): Limit 6000, please reduce your message size")),
    (400, said("Too many tokens, please wait before trying again.")),
    (400, said("max_tokens is too large: 100000. This model supports at most 16384 completion tokens.")),
    (400, said("'max_tokens' or 'max_completion_tokens' is too large: 9. This model's maximum context length is 8.")),
    (400, said("System role not supported")),
    (401, said("maximum context length")),
]


@pytest.mark.parametrize(("status", "body"), TOO_LONG)
def test_a_request_that_is_too_long_is_known_as_one(status: int, body: object) -> None:
    """In the words of many servers."""
    assert complaint(body, status).reason == "context_length"
    assert first_need(body, status) is None


@pytest.mark.parametrize(("status", "body"), NOT_TOO_LONG)
def test_other_limits_are_none_of_the_context(status: int, body: object) -> None:
    """A shorter request would not help, or only for a minute."""
    assert complaint(body, status).reason == ""


@pytest.mark.parametrize(
    ("status", "words", "final"),
    [
        (500, "Jinja Exception: Conversation roles must alternate", True),
        (500, "tools param requires --jinja flag", True),
        (500, "the request exceeds the available context size", True),
        (500, "System role not supported", True),
        (500, "Go struct field OpenAIRequest.tool_choice: cannot unmarshal object", True),
        (500, "failed to parse grammar", True),
        (500, "Internal server error", False),
        (500, "the file system is not writable; role of lock invalid", False),
        (500, "CUDA error in function launch_kernel; unsupported state", False),
        (500, "the grammar worker has stopped", False),
        (500, "roles: temporarily not supported, try again", False),
        (500, "error parsing tool call: raw='{', err=unexpected end", False),
        (500, "The grammar server is overloaded", False),
        (503, "jinja", False),
        (429, "grammar", False),
    ],
)
def test_an_error_of_the_server_that_will_not_pass_is_not_waited_for(status: int, words: str, *, final: bool) -> None:
    """llama.cpp refuses with 500, which is tried again otherwise."""
    assert is_final(status, json.dumps(said(words)).encode()) is final


@pytest.mark.parametrize(
    "words",
    [
        "The system is not what it was",
        "tool server: nobody is there",
        "in function f, unexpected end",
        "a stream that cannot be read",
        "seed: 17",
        "3 consecutive failures are not allowed",
        "role of lock invalid",
    ],
)
def test_words_that_only_sound_like_a_refusal_are_none_in_an_error_of_the_server(words: str) -> None:
    """A parameter's own name is there, and words of refusal near it; under 400, others are a reason to try."""
    body = {**BODY, "seed": 17}
    assert needs_of(complaint(said(words), 500), body) == []
    assert plain_needs_of(complaint(said(words)), body) == []


NAMES = st.sampled_from(["temperature", "tools", "system role", "response_format", "stream", "max_tokens", "roles"])
MOMENTS = st.sampled_from(
    ["the engine is loading", "CUDA error", "try again", "temporarily", "GPU 0", "out of memory", "too busy"]
)


@given(NAMES, MOMENTS, st.sampled_from(["is not supported", "invalid", "must alternate", "unknown"]), st.booleans())
def test_an_outage_is_never_a_refusal(name: str, moment: str, refusing: str, first: bool) -> None:
    """Whatever it names; under the status of a refusal it is repeated first."""
    words = f"{moment}: {name} {refusing}" if first else f"{name} {refusing}, {moment}"
    assert needs_of(complaint(said(words), 500), BODY) == []
    assert not is_final(500, json.dumps(said(words)).encode())
    assert complaint(said(words)).may_pass


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("general", ["Internal server error", "Upstream error from P", "An unexpected error occurred"])
def test_what_says_only_that_something_is_wrong_is_no_refusal(general: str, status: int) -> None:
    """And is one where it says what is refused as well."""
    assert needs_of(complaint(said(general), status), BODY) == []
    assert complaint(said(general), 400).may_pass
    refusal = complaint(said(f"{general}: tools are not supported"), status)
    assert (needs_of(refusal, BODY), refusal.may_pass) == (["tools"], False)


@pytest.mark.parametrize(
    ("body", "need"),
    [
        ({"error_code": "BAD_REQUEST", "message": "max_tokens: Field required"}, "a limit of tokens"),
        ({"detail": [{"loc": ["body", "max_tokens"], "msg": "Field required"}]}, "a limit of tokens"),
        (said("Missing required parameter: max_completion_tokens"), "a limit of tokens"),
        (said("max_tokens must be at least 16"), None),
        (said("max_tokens is not supported"), None),
        (said("tool_choice is required"), "tool_choice=required"),
    ],
)
def test_a_limit_that_is_demanded_is_told(body: object, need: str | None) -> None:
    """Where none was sent; what is said of its value is something else."""
    asked = {name: value for name, value in BODY.items() if name != "max_tokens"}
    assert first_need(body, asked=asked) == need
    if need == "a limit of tokens":
        assert changed([need], asked)["max_tokens"] == 4096
        assert changed([need], BODY)["max_tokens"] == 9
        assert first_need(said("max_completion_tokens: Field required"), asked=BODY) == "max_tokens"


KEYS = st.sampled_from(["error", "detail", "loc", "raw", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=12,
)


@given(JSON | st.binary(max_size=50), st.sampled_from([200, 400, 404, 422, 429, 500]))
def test_any_body_is_searched_without_a_fault(body: object, status: int) -> None:
    """Whatever a server sends, what is found are needs that we know."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = complaint_of(answer_of(raw, status=status))
    assert found is None or set(needs_of(found, BODY)) <= {*ORDER, *STRUCTURAL}


@given(st.lists(st.sampled_from(ORDER), unique=True), st.booleans())
def test_needs_are_met_whatever_else_is_needed(needs: list[str], shaped: bool) -> None:
    """In any order of finding, twice as once; what was asked stays, and each need has its words."""
    body = SHAPED if shaped else BODY
    once = changed(needs, body)
    assert changed(needs[::-1], body) == once
    assert [message["content"] for message in once["messages"]][-1].endswith("Hello?")
    assert "Be brief." in json.dumps(once["messages"])
    assert {"model", "messages"} <= once.keys()
    words = Needs(changes=tuple(needs)).in_words
    assert bool(words) is bool(needs)
    assert words.count("tool_choice") + words.count("demanded") <= 1
