"""Habits of public model servers, in their kind of words: what each refuses, and how it answers otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from scenario.testing.answering import USER_LINES, default_reply
from scenario.testing.model_reply import ModelReply, openai_chunks, openai_completion
from tests.llm.odd_server import OddServer, complaint, stream


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind of server behaves.

    Attributes:
        name: of the test.
        refusing: the refusal of a body, or None where it is answered.
        answering: the response of a body that is taken.
        first: requests of a first run with one line of a user and one verdict, nothing being known; what is
            refused with 500 is put once more after another form was taken.
        words: a part of what is remembered, in words; "" where nothing is.
        settings: what the user has set; nothing for all but those whose habit is about a setting.
    """

    name: str
    refusing: Callable[[Any], web.Response | None] = lambda _body: None
    answering: Callable[[Any], web.Response] | None = None
    first: int
    words: str
    settings: dict[str, Any] = msgspec.field(default_factory=dict)

    def server(self) -> OddServer:
        """A server of that kind."""

        def answer(path: str, body: Any) -> web.Response:
            if path != "/v1/chat/completions":
                return complaint("There is no such path.", 404)
            refused = self.refusing(body)
            return refused or (self.answering or plain)(body)

        return OddServer(answer)


def reply_to(body: Any) -> ModelReply:
    """A line of a user, or a verdict in the shape that was asked for."""
    return default_reply(body, verdicts={}, user_lines=USER_LINES)


def plain(body: Any) -> web.Response:
    """The usual answer."""
    return web.json_response(openai_completion(reply_to(body), "m"))


def roles(body: Any) -> list[str]:
    """The roles of its messages, in order."""
    return [message["role"] for message in body["messages"]]


def do_alternate(body: Any) -> bool:
    """Whether user and assistant take turns after an optional system message, and the user begins."""
    turns = roles(body)
    turns = turns[1:] if turns[:1] == ["system"] else turns
    return all(role == ("user", "assistant")[at % 2] for at, role in enumerate(turns))


def upstream(words: str, status: int = 400) -> web.Response:
    """A router's error, with what its provider said as a text of JSON in it."""
    raw = json.dumps({"error": {"message": words, "type": "invalid_request_error"}})
    error = {"message": "Provider returned error", "code": 400, "metadata": {"raw": raw, "provider_name": "P"}}
    return web.json_response({"error": error, "user_id": "u"}, status=status)


def _jinja(body: Any) -> web.Response | None:
    """llama.cpp and vLLM, with a template that knows no tools either."""
    if "tools" in body:
        return complaint("tools param requires --jinja flag", 500, type="server_error")
    if do_alternate(body):
        return None
    words = (
        "\n----\nWhile executing CallExpression at line 9:\nError: Jinja Exception: Conversation roles must alternate"
    )
    return complaint(f"{words} user/assistant/user/assistant/...", 500, type="server_error")


def _mistral_order(body: Any) -> web.Response | None:
    if "tools" in body:
        return complaint("this model does not support function calling")
    if do_alternate(body):
        return None
    words = "Expected last role to follow the order: unexpected role 'user' after role 'user'"
    return web.json_response({"object": "error", "message": words, "type": "invalid_request_message_order"}, status=400)


def _no_system(body: Any) -> web.Response | None:
    if "system" not in roles(body):
        return None
    error = {"object": "error", "message": "System role not supported", "type": "BadRequestError", "code": 400}
    return web.json_response(error, status=400)


def _old_template(body: Any) -> web.Response | None:
    """A template whose loop takes a system message for a turn: it says the same of it as of two users."""
    turns = roles(body)
    if turns == [("user", "assistant")[at % 2] for at in range(len(turns))]:
        return None
    return complaint("Conversation roles must alternate user/assistant/user/assistant/...")


def _in_raw(body: Any) -> web.Response | None:
    return upstream("Unsupported parameter: 'tool_choice' is not supported.") if "tool_choice" in body else None


def _in_raw_under_200(body: Any) -> web.Response | None:
    return upstream("Unsupported parameter: 'temperature'.", 200) if "temperature" in body else None


def _in_words_under_200(body: Any) -> web.Response | None:
    return web.json_response({"error": "tools are not supported"}) if "tools" in body else None


def _tool_use_failed(body: Any) -> web.Response | None:
    if "tools" not in body:
        return None
    error = {
        "message": "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
        "type": "invalid_request_error",
        "code": "tool_use_failed",
        "failed_generation": '<function=finish_test>{"temperature": "passed", "strict": 1</function>',
    }
    return web.json_response({"error": error}, status=400)


def _grammar(body: Any) -> web.Response | None:
    if "tools" in body:
        words = "The provided JSON schema contains features not supported by xgrammar."
        return web.json_response({"object": "error", "message": words, "code": 400}, status=400)
    if body.get("response_format", {}).get("type") == "json_schema":
        return complaint("Failed to parse grammar: JSON schema conversion failed:\nUnrecognized schema", 400)
    return None


def _only_schema(body: Any) -> web.Response | None:
    return complaint("registry.example/library/m does not support tools") if "tools" in body else None


def _only_object(body: Any) -> web.Response | None:
    if "tools" in body:
        return complaint("m does not support Function Calling.")
    kind = body.get("response_format", {}).get("type")
    if kind == "json_schema":
        return complaint("This response_format type is unavailable now")
    said = " ".join(str(message["content"]) for message in body["messages"])
    if kind == "json_object" and "json" not in said.lower():
        return complaint("'messages' must contain the word 'json' in some form, to use 'response_format'.")
    return None


def _only_text(body: Any) -> web.Response | None:
    for name in ("tools", "response_format"):
        if name in body:
            return web.json_response({"error": f"Unsupported param: {name}"}, status=400)
    return None


def _default_temperature(body: Any) -> web.Response | None:
    if body.get("temperature", 1) == 1:
        return None
    words = "Unsupported value: 'temperature' does not support 0.0 with this model."
    return complaint(f"{words} Only the default (1) value is supported.", param="temperature", code="unsupported_value")


def _positive_temperature(body: Any) -> web.Response | None:
    if body.get("temperature", 1) > 0:
        return None
    return web.json_response(
        {"error": "`temperature` must be strictly positive", "error_type": "validation"}, status=422
    )


def _renamed_limit(body: Any) -> web.Response | None:
    if "max_tokens" not in body:
        return None
    words = "Unsupported parameter: 'max_tokens' is not supported with this model."
    return complaint(f"{words} Use 'max_completion_tokens' instead.", param="max_tokens", code="unsupported_parameter")


def _demanded_limit(body: Any) -> web.Response | None:
    if "max_tokens" in body:
        return None
    return web.json_response({"error_code": "BAD_REQUEST", "message": "max_tokens: Field required"}, status=400)


def _own_names(body: Any) -> web.Response | None:
    """A gateway that puts its upstream's error into its message as a text, under names of its own."""
    if "strict" not in json.dumps(body.get("tools", "")):
        return None
    words = (
        "Malformed input request: #/tools/0: extraneous key [strict] is not permitted, please reformat and try again."
    )
    told = {"external_model_provider": "b", "external_model_error": {"message": words}}
    return web.json_response({"error_code": "BAD_REQUEST", "message": json.dumps(told)}, status=400)


def _all_at_once(body: Any) -> web.Response | None:
    """Everything that a server can refuse, one after the other."""
    for refuse in (_only_text, _positive_temperature, _streams_only, _no_system, _jinja):
        if (refused := refuse(body)) is not None:
            return refused
    return None


def _choice_as_word(body: Any) -> web.Response | None:
    if body.get("tool_choice") in (None, "none", "auto"):
        return None
    return web.json_response({"error": "Invalid tool_choice type. Supported string values: none, auto"}, status=400)


def _no_parser(body: Any) -> web.Response | None:
    if "tools" not in body:
        return None
    return complaint('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')


def _extra_keys(body: Any) -> web.Response | None:
    """FastAPI: the place of each mistake, and the whole input repeated in it."""
    mistakes = []
    if any("strict" in tool["function"] for tool in body.get("tools", ())):
        mistakes.append(["body", "tools", 0, "function", "strict"])
    if "temperature" in body:
        mistakes.append(["body", "temperature"])
    if not mistakes:
        return None
    kind = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted", "input": "tools, roles must alternate"}
    return web.json_response({"detail": [{"loc": loc, **kind} for loc in mistakes]}, status=422)


def _printed_mistakes(body: Any) -> web.Response | None:
    if "temperature" not in body:
        return None
    words = (
        "[{'type': 'extra_forbidden', 'loc': ('body', 'temperature'), 'msg': 'Extra inputs are not permitted', "
        "'input': 'tools'}]"
    )
    return web.json_response({"object": "error", "message": words, "code": 400}, status=400)


def _schema_keys(body: Any) -> web.Response | None:
    """Gemini: in a list, with the key that its own shapes do not know."""
    if "additionalProperties" not in json.dumps(body.get("tools", "")):
        return None
    words = (
        "Invalid JSON payload received. Unknown name \"additionalProperties\" at 'tools[0].parameters': no such field."
    )
    return web.json_response([{"error": {"code": 400, "message": words, "status": "INVALID_ARGUMENT"}}], status=400)


def _streams_only(body: Any) -> web.Response | None:
    return None if body.get("stream") else complaint("This model only supports stream mode, please enable it.")


def _streamed(body: Any) -> web.Response:
    chunks = openai_chunks(reply_to(body), "m", usage=True)
    return stream(*(json.dumps(chunk) for chunk in chunks), "[DONE]")


def _message(body: Any) -> dict[str, Any]:
    message: dict[str, Any] = openai_completion(reply_to(body), "m")["choices"][0]["message"]
    return message


def _with_message(message: dict[str, Any], reason: str = "stop") -> web.Response:
    return web.json_response({"choices": [{"index": 0, "message": message, "finish_reason": reason}]})


def _as_parts(body: Any) -> web.Response:
    message = _message(body)
    text = message.get("content")
    return _with_message({**message, "content": [{"type": "text", "text": text}] if text else None})


def _as_object(body: Any) -> web.Response:
    """A server that has read its model's JSON already, and hands it on as it is."""
    message = _message(body)
    if not (message.get("content") or "").startswith("{"):
        return _with_message(message)
    return _with_message({**message, "content": json.loads(message["content"])})


def _legacy(body: Any) -> web.Response:
    message = _message(body)
    calls = message.pop("tool_calls", None)
    return _with_message(message | {"content": None, "function_call": calls[0]["function"]} if calls else message)


HABITS = (
    Habit(name="jinja-500", refusing=_jinja, first=6, words="asks for JSON of a schema; roles alternate"),
    Habit(name="mistral-order", refusing=_mistral_order, first=4, words="roles alternate"),
    Habit(name="no-system", refusing=_no_system, first=3, words="no system role"),
    Habit(name="old-template", refusing=_old_template, first=3, words="no system role"),
    Habit(name="in-raw", refusing=_in_raw, first=5, words="tool_choice left out"),
    Habit(name="in-raw-under-200", refusing=_in_raw_under_200, first=3, words="temperature left out"),
    Habit(name="in-words-under-200", refusing=_in_words_under_200, first=3, words="asks for JSON of a schema"),
    Habit(name="tool-use-failed", refusing=_tool_use_failed, first=3, words="asks for JSON of a schema"),
    Habit(name="grammar", refusing=_grammar, first=4, words="asks for JSON, with the schema in the prompt"),
    Habit(name="only-schema", refusing=_only_schema, first=3, words="asks for JSON of a schema"),
    Habit(name="only-object", refusing=_only_object, first=4, words="asks for JSON, with the schema in the prompt"),
    Habit(name="only-text", refusing=_only_text, first=4, words="asks in text"),
    Habit(name="default-temperature", refusing=_default_temperature, first=3, words="temperature left out"),
    Habit(name="positive-temperature", refusing=_positive_temperature, first=3, words="temperature left out"),
    Habit(
        name="renamed-limit",
        refusing=_renamed_limit,
        first=3,
        words="max_completion_tokens for max_tokens",
        settings={"max_tokens": 99},
    ),
    Habit(name="demanded-limit", refusing=_demanded_limit, first=3, words="a limit of 4096 tokens"),
    Habit(name="own-names", refusing=_own_names, first=3, words="strict left out"),
    Habit(
        name="all-at-once",
        refusing=_all_at_once,
        answering=lambda body: _streamed(body),
        first=9,
        words="asks in text, with the schema in the prompt; no system role; roles alternate; temperature left out",
    ),
    Habit(name="choice-as-word", refusing=_choice_as_word, first=4, words="no call demanded"),
    Habit(name="no-parser", refusing=_no_parser, first=3, words="asks for JSON of a schema"),
    Habit(name="extra-keys", refusing=_extra_keys, first=4, words="temperature left out; strict left out"),
    Habit(name="printed-mistakes", refusing=_printed_mistakes, first=3, words="temperature left out"),
    Habit(name="schema-keys", refusing=_schema_keys, first=3, words="additionalProperties left out"),
    Habit(name="streams-only", refusing=_streams_only, answering=_streamed, first=3, words="answers in streams only"),
    Habit(name="always-streams", answering=_streamed, first=2, words=""),
    Habit(name="parts", answering=_as_parts, first=2, words=""),
    Habit(name="object", refusing=_only_schema, answering=_as_object, first=3, words="asks for JSON of a schema"),
    Habit(name="legacy-call", answering=_legacy, first=2, words=""),
)
