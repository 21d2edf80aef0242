"""What validators complain of, in the forms that they give it: pydantic, zod, JSON Schema, plain sentences, …. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from scenario.probe.fields import value_for
from scenario.protocols.json_text import NOT_JSON, read_json

Kind: TypeAlias = Literal["missing", "extra", "object", "list", "text", "number", "flag", "choice", "uuid"]

_READ: Final = 64 * 1024
_DEEPEST: Final = 6
_MOST: Final = 40
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")
# What a complaint is of, by words in its type, its code and its sentence; the first that fits.
_KINDS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(words))  # type: ignore[misc]
    for kind, words in (
        ("extra", r"extra(?!ct)|unrecognized|additional|object\.unknown|not allowed|not permitted"),
        ("missing", r"missing|required|undefined|not be empty|be blank|not provided"),
        ("uuid", r"uuid"),
        ("choice", r"literal|enum|invalid_union_discriminator|invalid_value|invalid_option|any\.only|one of"),
        ("object", r"dict|model_|mapping|object"),
        ("list", r"list|array|sequence"),
        ("flag", r"bool"),
        ("number", r"\bint|integer|float|number|decimal"),
        ("text", r"str|text"),
    )
)
_SAID_BY: Final = ("type", "code", "keyword", "msg", "message", "expected")
# Where a refusal has its sentences.
_SAYING: Final = frozenset(
    {"error", "message", "detail", "title", "msg", "reason", "description", "errors", "error_message"}
)
_QUOTED_NAME: Final = re.compile(r"['\"`]([A-Za-z_][A-Za-z0-9_]{0,40})['\"`]")
_NAMED: Final = re.compile(
    r"\b([A-Za-z_][A-Za-z0-9_]{0,40}) (?:(?:field|parameter|property|key) )?(?:is|are) (?:required|missing)"
    r"|\b([A-Za-z_][A-Za-z0-9_]{0,40}) (?:should not be empty|can(?:'t|not) be (?:blank|empty))"
    r"|(?:[Mm]issing|[Rr]equired)(?: required)?(?: field| parameter| key)?s?:? ([A-Za-z_][A-Za-z0-9_]{0,40})\b"
)
_MISSING: Final = re.compile(
    r"missing|required|must (?:have|contain|include)|expected|provide|not be empty|be blank", re.IGNORECASE
)
_QUOTED: Final = re.compile(r"['\"]([^'\"]{1,60})['\"]")
# Several names behind a colon.
_LISTED: Final = re.compile(
    r"(?:fields|parameters|properties|keys)\s*:\s*"
    r"([A-Za-z_][A-Za-z0-9_]{0,40}(?:\s*(?:,|\band\b)\s*[A-Za-z_][A-Za-z0-9_]{0,40}){1,9})"
)
# What is said under a field's own name.
_OF_A_FIELD: Final = re.compile(
    r"\W*(?:this |the )?(?:field|value|parameter|property|it)?\s*(?:is |was |are )?"
    r"(?:required|missing|not provided|undefined|(?:can(?:'t|not)|may not|must not|should not) be (?:blank|empty|null))"
    r"|\W*missing data",
    re.IGNORECASE,
)
# A name that is more than a word: with an underscore, or a capital inside.
_SPELT_AS_CODE: Final = re.compile(r".+_.+|[a-z]+[A-Z].*")
# What pydantic puts into a place beside the names of fields: the kinds that it tried.
_TRIED: Final = re.compile(
    r"(?:str|int|float|bool|bytes|dict|list|tuple|set|none|json-or-python|is-instance|date|datetime)(?:\[.*)?"
    r"|[a-z][a-z-]*\[.*|function-.*|tagged-union.*"
)
_KEY_ERROR: Final = re.compile(r"KeyError: ['\"]([A-Za-z_][A-Za-z0-9_]{0,40})['\"]")
_NAME_ALONE: Final = re.compile(r"'([A-Za-z_][A-Za-z0-9_]{0,40})'")
_NO_FIELDS: Final = frozenset(
    {
        "error", "errors", "detail", "code", "type", "status", "field", "fields", "body", "request", "JSON", "json",
        "required", "string", "object", "array", "undefined", "null", "property", "value", "it", "this", "that", "a",
        "is", "are", "the", "parameter", "parameters", "payload_type", "and", "or", "in", "hint", "help", "docs",
        "documentation", "solution", "suggestion", "note", "example", "info", "cause", "exception", "trace", "stack",
        "stacktrace", "timestamp", "instance", "keyword", "expected", "received",
    }
)  # fmt: skip
# Words of sentences that are seldom a field's name.
_WORDS: Final = _NO_FIELDS | frozenset(
    {
        "validation", "authentication", "authorization", "credentials", "header", "headers", "key", "keys", "input",
        "properties", "data", "payload", "argument", "arguments", "please", "valid", "invalid", "none", "nothing",
        "something", "one", "which", "not", "to", "be", "for", "of", "at", "least", "following", "all", "an", "must",
        "who", "what", "there", "access", "permission", "schema", "attribute", "attributes", "missing", "number",
        "boolean", "content", "request", "text", "token", "api", "if", "no", "some",
    }
)  # fmt: skip


class Complaint(NamedTuple):
    """What is wrong with a request, and where.

    Attributes:
        path: the field, as a path from the body's root; a number is an index.
        kind: that it is missing or too much, or what is wanted there.
        choices: the values that are allowed, where they are told.
    """

    path: tuple[str | int, ...]
    kind: Kind
    choices: tuple[str, ...] = ()


def complaints_in(body: bytes, *, failed: bool = False) -> list[Complaint]:
    """What a refusal complains of, each field once.

    Args:
        body: of the refusal.
        failed: whether it is the server's own failure: then only a key that it did not find is one of the request's.
    """
    text = body[:_READ].decode("utf-8", "replace")
    if failed:
        # The text of Python's own error is the name alone.
        alone = [name[1] for said in _sentences(read_json(body[:_READ]), "") if (name := _NAME_ALONE.fullmatch(said))]
        return [Complaint((name,), "missing") for name in dict.fromkeys([*_KEY_ERROR.findall(text), *alone])]
    value = read_json(body[:_READ])
    found = list(_walked(value, 0)) or [
        Complaint((name,), "missing") for said in _sentences(value, text[:2000]) for name in _named(said)
    ]
    return list({complaint.path: complaint for complaint in reversed(found)}.values())[::-1][:_MOST]


def _walked(value: Any, depth: int) -> Iterator[Complaint]:
    """Of validators that say where: objects with a place and a sentence, or lists of sentences under a field's name."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        # Zod's own text is the JSON of its complaints.
        value = read_json(value)
    if isinstance(value, list):
        for item in value[:_MOST]:
            yield from _walked(item, depth + 1)
        return
    if not isinstance(value, dict):
        return
    if (path := _place(value)) is not None:
        if (kind := _kind(value)) is not None and _is_path(path):
            yield Complaint(path, kind, _choices(value) if kind == "choice" else ())
        return
    for name, item in value.items():
        sentences = item if isinstance(item, list) else [item]
        said = [one for one in sentences if isinstance(one, str)]
        # A sentence that stands alone may be about anything; a list of them under a name is a validator's.
        said_of = _MISSING.search if isinstance(item, list) else _OF_A_FIELD.match
        is_field = name not in _NO_FIELDS and name not in _SAYING and _NAME.fullmatch(name) is not None
        if is_field and said and len(said) == len(sentences) and any(map(said_of, said)):
            yield Complaint((name,), "missing")
        else:
            yield from _walked(item, depth + 1)


def _is_path(path: tuple[str | int, ...]) -> bool:
    return bool(path) and isinstance(path[0], str) and all(isinstance(one, int) or _NAME.fullmatch(one) for one in path)


def _place(value: dict[str, Any]) -> tuple[str | int, ...] | None:
    """Where a complaint says that it is; None where it says nothing of that."""
    params = value.get("params")
    parts: list[str | int] = []
    if "instancePath" in value or "dataPath" in value:
        parts += re.split(r"[/.]", str(value.get("instancePath", value.get("dataPath", ""))))
        named = params.get("missingProperty", params.get("additionalProperty")) if isinstance(params, dict) else None
        return tuple(part for part in parts if part) + ((named,) if isinstance(named, str) else ())
    place = next((value[key] for key in ("loc", "path") if isinstance(value.get(key), list | str)), None)
    if place is None or (isinstance(place, str) and place.startswith("/")):
        return None
    parts += place.split(".") if isinstance(place, str) else [one for one in place if isinstance(one, str | int)]
    if parts and parts[0] in ("header", "cookie", "path"):
        # That is no part of the body.
        return ()
    if parts and parts[0] in ("body", "query", "json"):
        parts = parts[1:]
    if "loc" in value:
        parts = _without_kinds(parts)
    keys = value.get("keys")
    return (*parts, *(keys[:1] if isinstance(keys, list) else ()))


def _without_kinds(parts: list[str | int]) -> list[str | int]:
    """The fields of a place in which the kinds of a union stand, too; a model's begin with a capital."""
    fields = [one for one in parts if isinstance(one, int) or not _TRIED.fullmatch(one)]
    if any(isinstance(one, str) and one[:1].islower() for one in fields):
        fields = [one for one in fields if isinstance(one, int) or not (one[:1].isupper() and one[1:2].islower())]
    return fields


def _kind(value: dict[str, Any]) -> Kind | None:
    said = " ".join(str(value.get(key, "")) for key in _SAID_BY).lower()
    if str(value.get("received")) == "undefined":
        return "missing"
    return next((kind for kind, words in _KINDS if words.search(said)), None)


def _choices(value: dict[str, Any]) -> tuple[str, ...]:
    """The values that are allowed, as the sentence has them in quotes or a list has them."""
    for key in ("options", "values", "enumValues"):
        if isinstance(listed := value.get(key), list):
            return tuple(one for one in listed if isinstance(one, str))
    said = " ".join(str(value.get(key, "")) for key in ("msg", "message"))
    return tuple(_QUOTED.findall(said))


def _sentences(value: Any, text: str) -> list[str]:
    if value is NOT_JSON:
        return [text]
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [said for item in value[:_MOST] for said in _sentences(item, "")]
    if not isinstance(value, dict):
        return []
    return [said for key, item in value.items() if key in _SAYING for said in _sentences(item, "")]


def _named(said: str) -> list[str]:
    """The fields of a sentence that says what is missing."""
    if not _MISSING.search(said):
        return []
    quoted = [name for name in _QUOTED_NAME.findall(said) if name.lower() not in _NO_FIELDS]
    if quoted:
        return list(dict.fromkeys(quoted))
    if (listed := _LISTED.search(said)) is not None:
        return [name for name in re.split(r"\s*(?:,|\band\b)\s*", listed[1]) if name and name not in _NO_FIELDS]
    words = [name for match in _NAMED.findall(said) for name in match if name]
    return [name for name in dict.fromkeys(words) if _is_name(name, said)]


def _is_name(word: str, said: str) -> bool:
    """Whether a bare word of a sentence is a field: one of a known use, spelt as code, or said to be one."""
    place = said.find(word)
    is_told = re.search(r"(?:field|parameter|property|key)s?:?\s*$", said[:place], re.IGNORECASE) is not None
    if is_told:
        return word.lower() not in _NO_FIELDS
    if word.lower() in _WORDS:
        return word[:1].islower() and place == 0 and value_for(word) is not None
    return (
        _SPELT_AS_CODE.fullmatch(word) is not None or value_for(word) is not None or (place == 0 and word[:1].islower())
    )
