"""Where home-made endpoints put the text of an answer in their JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from scenario.late_pattern import late_pattern
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.looks import Looks
from scenario.protocols.parts_in_json import are_typed, is_said
from scenario.protocols.speakers_in_json import conversations_in, is_of_others, own_messages

# A text under one of these is the answer, whatever stands beside it: {"text": "What?", "answer": "Because."}.
_ANSWERS: Final = (
    *("answer", "reply", "response", "output", "final_answer", "final_output", "final_response", "completion"),
    *("generated_text", "output_text", "outputText"),
)
# Where a name ends so, it is an answer's too, unless it is somebody else's.
_LAST_WORDS: Final = frozenset(("answer", "response", "reply", "completion"))
_ANSWER_TEXTS: Final = frozenset(("response_text", "answer_text", "reply_text"))
_NOT_THE_AGENTS: Final = frozenset(
    {"user", "human", "customer", "tool", "function", "system", "expected", "correct", "previous", "last", "raw"}
    | {"http", "api", "suggested", "quick", "example", "sample", "reference", "gold", "original", "search", "in", "to"}
    | {"no", "needs", "requires"}
)
# What an answer that is explicit may lie in, beside a question that is not.
_AROUND: Final = ("data", "result", "payload")
# In this order: an object with several of them has the piece of text at the earlier one, as in
# {"token": {"text": "a"}, "generated_text": null} or {"content": "a", "message": "ok"}.
TEXT_KEYS: Final = (
    "content",
    "text",
    "delta",
    "token",
    "chunk",
    "answer",
    "response",
    "output",
    "reply",
    "message",
    "completion",
    "generated_text",
    "output_text",
    "result",
    "data",
    "payload",
)
# What the same is called elsewhere, and what such values lie in.
_OTHER_NAMES: Final = (
    *("ai_message", "bot_message", "assistant_message", "text_output", "final", "generation", "msg", "raw"),
    *("fulfillment_text", "speech", "body", "outputs", "choices", "predictions", "candidates", "generations", "parts"),
    *("messages", "contents", "chat_message", "kwargs", "replies", "answers", "responses", "generic", "value"),
    *("results", "items", "chat_history", "history", "conversation"),
)

# A text beside one of these that is named by who speaks is what that one says.
_QUESTIONS: Final = frozenset(("user", "user_message", "human", "question", "query", "input", "prompt"))
_PIECES: Final = ("delta", "token", "chunk")
# Where an envelope says how things went.
_SAY_HOW_IT_WENT: Final = frozenset(("message", "result", "response", "output", "reply", "content", "text", "data"))
_BARE: Final = ("content", "text")
_ENVELOPED: Final = ("data", "payload", "result", "body", "response", "output")
# An empty text under one of these says nothing of the payload beside it.
_MAY_BE_EMPTY: Final = frozenset(("message", "result", "data", "payload"))
# What was looked up, or is to be shown, has these.
_DOCUMENTS: Final = frozenset(
    ("page_content", "pageContent", "score", "title", "rows", "url", "document_id", "doc_id", "chunk_id", "similarity")
)
_CARDS: Final = frozenset(("card", "cards", "button", "document", "table", "row", "link", "image", "carousel"))
# What an envelope has beside its payload.
_MARKS: Final = frozenset(
    {"code", "status", "status_code", "statusCode", "success", "ok", "errcode", "errorCode", "error_code", "isSuccess"}
)
_STATUS: Final = late_pattern(
    r"(ok(ay)?|success(ful(ly)?)?|done|complete[d]?|finished|accepted|processed|no error|.{0,60}\bsuccess(ful|fully)?"
    r"|(\w{1,4})?成功"
    r"|(response|answer|reply|message|request) (\w{2,20}ed|sent))[.!]?",
    re.IGNORECASE,
)
# Who speaks, where that is the name of the words, or of an object with them.
_BY_SPEAKER: Final = ("assistant", "agent", "bot", "ai", "fulfillment")
_NAMED_TEXTS: Final = ("assistant", "bot", "ai")
_CAMEL: Final = late_pattern(r"(?<=[a-z0-9])(?=[A-Z])")
_DEPTH: Final = 8
_NAMES_LOOKED_AT: Final = 64
_LONGEST_NAME: Final = 64


class Found(NamedTuple):
    """A text, and the keys under which it stands.

    Attributes:
        text: None where there is none, "" where its place is there and empty.
    """

    text: str | None
    place: tuple[str, ...] = ()


_NOTHING: Final = Found(None)


def text_in(value: object) -> str | None:
    """The text in a JSON value; None where there is none, "" where its place is there and empty."""
    return found_in(value).text


def found_in(value: object, depth: int = _DEPTH, looks: Looks[Found] | None = None) -> Found:
    """The text in a JSON value, and where it stands.

    Args:
        value: any value.
        depth: how many levels down it is looked for.
        looks: of the value that this one stands in; None for a value by itself.

    Raises:
        TooMuchJsonError: the value is so large that it is not looked into.
    """
    if isinstance(value, str):
        return Found(value)
    if depth <= 0 or not value or not isinstance(value, list | dict):
        return _NOTHING
    looks = Looks() if looks is None else looks
    if (found := looks.known(value, depth)) is not None:
        return found
    looks.spend(1)
    found = Found(_parts(value, depth, looks)) if isinstance(value, list) else _in_object(value, depth, looks)
    return looks.note(value, depth, found)


def _in_object(value: dict[str, Any], depth: int, looks: Looks[Found]) -> Found:
    if is_of_others(value):
        return _NOTHING
    if value.get("special") is True:
        # A token of the model's own, such as the one that ends its answer.
        return Found("")
    if (piece := _beside_all_so_far(value)) is not None:
        return piece
    found = _under_its_name(value, depth, looks)
    if found.text and found.place and found.place[0] in _SAY_HOW_IT_WENT:
        found = _enveloped(value, found, depth, looks) or found
    if found.text and found.text[0] == "{" and found.place and found.place[-1] in _ENVELOPED:
        return _in_its_json(found, depth, looks) or found
    return found


def _beside_all_so_far(value: Mapping[str, Any]) -> Found | None:
    """The piece that an event brings, where it has everything so far beside it."""
    for key in _PIECES:
        piece = value.get(key)
        if isinstance(piece, dict):
            if piece.get("special") is True:
                return Found("", (key,))
            piece = piece.get("text", piece.get("content"))
        if isinstance(piece, str) and piece:
            for other in (*_ANSWERS, "content", "text", "message"):
                if isinstance(told := value.get(other), str) and told.endswith(piece):
                    return Found(piece, (key,))
    return None


def _under_its_name(value: dict[str, Any], depth: int, looks: Looks[Found]) -> Found:
    if (answer := _explicit(value, depth, looks)) is not None:
        return answer
    empty: Found | None = None
    for key in TEXT_KEYS:
        if key not in value or (found := found_in(value[key], depth - 1, looks)).text is None:
            continue
        if found.text or (key not in _MAY_BE_EMPTY and empty is None):
            return _under(key, found)
        empty = empty or _under(key, found)
    return empty or _under_another_name(value, depth, looks)


def _explicit(value: dict[str, Any], depth: int, looks: Looks[Found]) -> Found | None:
    """The text under a name that is an answer's, here or one level down; None where there is none."""
    for key in _ANSWERS:
        inner = value.get(key)
        if inner and (found := found_in(inner, depth - 1, looks)).text:
            return _under(key, found)
    for key in _names(value):
        if isinstance(inner := value[key], str) and inner and _is_an_answers(key[:_LONGEST_NAME]):
            return Found(inner, (key,))
    for key in _AROUND:
        inner = value.get(key)
        told = _told_inside(inner) if isinstance(inner, dict) and not is_of_others(inner) else None
        if told is not None:
            return _under(key, told)
    return _result_beside_a_question(value)


def _told_inside(value: Mapping[str, Any]) -> Found | None:
    """The text of an answer by its name; what tools have given is called output, too."""
    for key in _names(value):
        named = key in _ANSWERS or _is_an_answers(key[:_LONGEST_NAME])
        if named and key != "output" and isinstance(text := value[key], str) and text:
            return Found(text, (key,))
    return None


def _result_beside_a_question(value: Mapping[str, Any]) -> Found | None:
    """A `result` of several words, which is no word for how things went, beside a text that is bare."""
    told = value.get("result")
    if not isinstance(told, str) or len(told.split()) < 2 or _STATUS.fullmatch(told.strip()):
        return None
    return Found(told, ("result",))


@lru_cache(maxsize=1024)
def _is_an_answers(name: str) -> bool:
    """Whether a name is an answer's and nothing else's: final_answer, botResponse, llm_reply."""
    words = _plain(name).split("_")
    if "_".join(words) in _ANSWER_TEXTS:
        return True
    return len(words) > 1 and words[-1] in _LAST_WORDS and _NOT_THE_AGENTS.isdisjoint(words)


def _enveloped(value: Mapping[str, Any], found: Found, depth: int, looks: Looks[Found]) -> Found | None:
    """The text in an envelope's payload, where what stands beside it only says how things went."""
    told, (name, *inside) = found.text or "", found.place
    marked = not _MARKS.isdisjoint(value)
    says_how = _STATUS.fullmatch(told.strip()) is not None and (marked or name not in _BARE)
    if inside or not (says_how or (name == "message" and marked)):
        return None
    for key in _ENVELOPED:
        inner = value.get(key)
        if key == name or not inner:
            continue
        if isinstance(inner, str):
            # Functions behind gateways write their JSON into a text.
            parsed = read_json(inner) if inner[:1] in ("{", "[") else NOT_JSON
            if parsed is NOT_JSON and not says_how:
                continue
            inner = inner if parsed is NOT_JSON else parsed
        payload = found_in(inner, depth - 1, looks)
        if payload.text and (says_how or not (payload.place in ((), ("text",)) or _is_document(inner))):
            return _under(key, payload)
    return None


def _is_document(value: object) -> bool:
    """Whether a value is something that was looked up, or is to be shown beside the answer."""
    return isinstance(value, dict) and (
        not _DOCUMENTS.isdisjoint(value) or (isinstance(kind := value.get("type"), str) and kind.lower() in _CARDS)
    )


def _in_its_json(found: Found, depth: int, looks: Looks[Found]) -> Found | None:
    """The answer in a text that is JSON, where that names it; chunks of OpenAI's are written so, too."""
    value = read_json(found.text or "")
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("choices"), list):
        inner = found_in(value, depth - 1, looks)
        return Found(inner.text or "", (*found.place, *inner.place))
    inner_text = _told_inside(value)
    return None if inner_text is None else Found(inner_text.text, (*found.place, *inner_text.place))


def _under_another_name(value: dict[str, Any], depth: int, looks: Looks[Found]) -> Found:
    names = {_plain(key): key for key in _names(value)}
    for name in (*TEXT_KEYS, *_OTHER_NAMES):
        key = names.get(name)
        if key is None or (name == key and name in TEXT_KEYS) or not _may_hold(name, value[key], value):
            continue
        inner = value[key]
        if name == "choices":
            inner = inner[:1] if isinstance(inner, list) else inner
        if name == "body" and isinstance(inner, str) and inner[:1] in ("{", "["):
            parsed = read_json(inner)
            inner = inner if parsed is NOT_JSON else parsed
        if name == "messages" and isinstance(inner, list) and isinstance(inner[0], str):
            return Found("\n".join(inner), (key,))
        if (found := found_in(inner, depth - 1, looks)).text is not None:
            return _under(key, found)
    return _by_who_speaks(value, names, depth, looks)


def _may_hold(name: str, inner: object, value: Mapping[str, Any]) -> bool:
    """Whether what stands under one of the other names can be an answer, by what it is and what is beside it."""
    match name:
        case "messages" if isinstance(inner, list) and all(isinstance(one, str) for one in inner):
            return any(" " in one.strip() for one in inner)
        case "messages" | "chat_history" | "history" | "conversation":
            return isinstance(inner, list) and bool(own_messages(inner))
        case "results" if isinstance(inner, list):
            # Most lists of them are what was looked up.
            return bool(inner) and all(isinstance(one, dict) and _told_inside(one) is not None for one in inner)
        case "items":
            return isinstance(inner, list) and not any(map(_is_document, inner))
        case "choices":
            return isinstance(inner, dict) or (isinstance(inner, list) and isinstance(next(iter(inner), None), dict))
        case "raw":
            return "tasks_output" in value
        case "msg":
            return _MARKS.isdisjoint(value)
        case "value":
            return isinstance(inner, str) and value.keys() <= {"value", "annotations", "type"}
        case "final" | "generation":
            return isinstance(inner, str | dict)
    return True


def _by_who_speaks(value: dict[str, Any], names: Mapping[str, str], depth: int, looks: Looks[Found]) -> Found:
    asked = not _QUESTIONS.isdisjoint(names)
    for name, key in names.items():
        inner = value[key]
        if isinstance(inner, dict) and name in _BY_SPEAKER and (found := found_in(inner, depth - 1, looks)).text:
            return _under(key, found)
        if isinstance(inner, str) and asked and name in _NAMED_TEXTS:
            return Found(inner, (key,))
    data = value.get("data")
    if isinstance(data, dict) and len(data) == 1 and value.keys() <= {"data", "errors", "extensions"}:
        # GraphQL names what was asked for.
        ((key, inner),) = data.items()
        if isinstance(inner, dict) and (found := found_in(inner, depth - 2, looks)).text is not None:
            return _under("data", _under(key, found))
    for (key, *inside), _ in conversations_in(value):
        # A graph's update, under the name of the node that made it.
        if inside and (found := found_in(value[key]["messages"], depth - 1, looks)).text is not None:
            return _under(key, _under("messages", found))
    return _NOTHING


def _parts(parts: list[Any], depth: int, looks: Looks[Found]) -> str | None:
    """The text of a list: a message's parts ([{"type": "text", "text": "…"}]), or pieces or results one by one."""
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    # Numbers hold no text, however many there are.
    looks.spend(sum([isinstance(part, str | dict | list) for part in parts]))
    if (messages := own_messages(parts)) is not None:
        return "\n".join(filter(None, (text_of_message(message, depth - 1, looks) for message in messages)))
    typed = are_typed(parts)
    if not all(isinstance(part, str | dict) for part in parts):
        parts = [part for part in parts if not isinstance(part, str)]
    said_parts = [part for part in parts if not isinstance(part, dict) or is_said(part, beside_text=typed)]
    texts = [text for part in said_parts if (text := _text_of_part(part, depth, looks)) is not None]
    if not texts and (typed or len(parts) == 1 or depth == _DEPTH):
        texts = [text for part in said_parts if (text := found_in(part, depth - 1, looks).text) is not None]
    return "".join(texts) if texts else None


def _text_of_part(part: object, depth: int, looks: Looks[Found]) -> str | None:
    if isinstance(part, dict) and not is_of_others(part):
        return found_in(part.get("text"), depth - 1, looks).text
    return part if isinstance(part, str) else None


def text_of_message(message: Mapping[str, Any], depth: int = _DEPTH, looks: Looks[Found] | None = None) -> str:
    """What a message of the agent's says; "" where it says nothing, or is another's."""
    if is_of_others(message):
        return ""
    if "content" in message:
        return found_in(message["content"], depth, looks).text or ""
    return found_in({key: one for key, one in message.items() if key not in ("role", "type")}, depth, looks).text or ""


def _names(value: Mapping[str, Any]) -> list[str]:
    """The names in an object, as far as they are looked at."""
    return list(islice(value, _NAMES_LOOKED_AT))


def _under(key: str, found: Found) -> Found:
    """What was found in the value of a key."""
    return Found(found.text, (key, *found.place))


def _plain(name: str) -> str:
    return _CAMEL.sub("_", name).lower().replace("-", "_")


def says_how_it_went(text: str) -> bool:
    """Whether a text is one of the words by which envelopes and ends say that all went well."""
    return _STATUS.fullmatch(text.strip()) is not None
