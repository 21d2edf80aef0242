"""What a model's server refuses in a request, and the same request in a form that it may take. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from scenario.llm.complaint import Complaint, refuses
from scenario.llm.roles import alternating, ending_with_user, system_first, without_system
from scenario.llm.without_keys import without_keys

Body: TypeAlias = dict[str, Any]
_IsTold: TypeAlias = Callable[[str, re.Pattern[str]], bool]

# Refusals of these leave nothing to send in their place: the caller must ask in another way.
STRUCTURAL: Final = frozenset({"tools", "response_format"})
# Not a parameter but the lack of one: the server wants to stream.
STREAM: Final = "stream"
LIMITS: Final = ("max_tokens", "max_completion_tokens")
# What a server that demands a limit of tokens is told: enough for any verdict.
LIMIT: Final = "a limit of tokens"
DEFAULT_LIMIT: Final = 4096
# What the user may have set, and the answer has the same meaning without.
_SAMPLING: Final = [
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
]
_CHOICES: Final = ("named", "required", "auto", "other")
# A function of that name, then any function, then whatever it likes, then nothing said.
_WEAKER_CHOICE: Final = {"named": "required", "required": "auto"}

_SYSTEM: Final = re.compile(
    r"\bsystem\b.{0,60}(?:\bnot\b|\bno\b|\bun(?:supp|exp|kn|rec)|\binvalid|n't\b)"
    r"|(?:\bnot?\b|\bun(?:supp|exp|kn|rec)|\binvalid|n't\b).{0,60}\bsystem\b"
    r"|developer instruction|only user(?:,| and) (?:assistant|model)|'system' with this model"
    r"|should be '?user'? or '?assistant"
)
_SYSTEM_ITSELF: Final = re.compile(
    r"\bsystem[ _-](?:role|message|prompt|instruction)|['\"`]system['\"`]|\broles?:? system\b"
    r"|developer (?:role|message|instruction)|only user(?:,| and) (?:assistant|model)|should be '?user'? or '?assistant"
)
_ROLE: Final = re.compile(
    r"\brole\b(?! of\b).{0,40}(?:must be|should be|one of|invalid|allowed)|(?:\bin)?valid role\b(?! of\b)"
)
# Whose order it is, in which parts of a machine stand as well.
_SPEAKERS: Final = re.compile(r"\b(?:roles?|messages?|turns?|users?|assistants?|conversations?)\b|message_order")
_ORDER: Final = re.compile(
    r"\balternat(?:e|es|ing)\b|interleav|successive|consecutive|\bin a row\b|same role"
    r"|unexpected role|after role|message_order|role.{0,40}\border\b"
)
_FIRST: Final = re.compile(r"first (?:non-system )?(?:message|role|turn)|(?:must|should|has to) (?:start|begin) with")
_SYSTEM_FIRST: Final = re.compile(r"system messages?.{0,40}(?:at the beginning|\bfirst\b|at the start)")
_LAST: Final = re.compile(
    r"(?:last|final) (?:message|role|turn)|must (?:end with|be (?:the )?last)|prefill|end with a user"
)
_USUAL: Final = ("alternating roles", "no system role")
_TEMPLATE: Final = re.compile(r"jinja|chat[_ ]template|template[_ ]error|raise_exception")
# No other choice of tools would be taken.
_NO_TOOLS: Final = re.compile(
    r"enable-auto-tool-choice|tool-call-parser|--jinja|tool_use_failed|failed_generation|['\"`]tools['\"`]"
)
_TOOLS: Final = re.compile(
    r"\btools?\b|tool[_ -](?:use|call)|function[_ -]?call|\bfunctions?\b|function_declarations|failed_generation"
)
# Without the words that a program's own functions and a machine's tools have as well.
_TOOLS_THEMSELVES: Final = re.compile(
    r"\btools\b|\btool[_ -]?(?:use|choice|call)|function[_ -]?call|\bfunctions\b|function_declarations"
)
_FAILED_CALL: Final = re.compile(r"tool_use_failed|failed_generation")
# Also said of the shape that stands in a tool.
_SHAPE: Final = re.compile(
    r"response[_ ]?format|json[_ -]?(?:schema|object|mode|validate)|structured[_ ]output|grammar|guided|\bschema\b"
    r"|failed_generation|outlines|failed to initialize samplers"
)
_NO_SHAPE: Final = re.compile(r"json_validate_failed|failed to initialize samplers")
_KIND: Final = re.compile(r"json|schema|grammar|guided|structured|\btype\b|\bvalue\b|generation")
_CHOICE: Final = re.compile(r"tool[_ ]?choice")
_ADDITIONAL: Final = re.compile(r"additional_?properties")
_STRICT: Final = re.compile(r"\bstrict\b|required to be supplied|invalid schema for (?:function|response_format)")
# Said by a server that answers in streams only.
_NOT_STREAMED: Final = re.compile(
    r"\bstream(?:ing|ed)?\b.{0,60}(?:only|must|require|enable|mandatory|true|needed)"
    r"|(?:only|must|require\w*|enable|please).{0,30}\bstream(?:ing|ed)?\b"
    r"|\b(?:non[- ]|without |not )stream(?:ing|ed)?\b"
)
# About a value, and not about the parameter.
_VALUE: Final = re.compile(
    r"out of range|too (?:large|high|small|low|big)|at (?:most|least)|between|(?:less|greater) than|\brange\b|exceed"
    r"|strictly|must be (?:in|an?|positive|<|>)|[<>]=? ?\d|maximum|minimum"
)
_UNKNOWN: Final = re.compile(
    r"unsupported|not support|n't support|unknown|unrecogni[sz]ed|extra|not permitted|not allowed|unexpected"
    r"|only the default|instead|does not (?:take|accept|know)|deprecated|no such|not (?:available|enabled|recogni)"
    r"|incompatible"
)
_LIMIT_MISSING: Final = re.compile(
    r"(max_(?:completion_)?tokens)\b.{0,40}(?:\brequired|missing|must be (?:set|given|specified|provided|present))"
    r"|(?:\brequired|missing).{0,60}(max_(?:completion_)?tokens)\b"
)


def without(need: str, body: Body, dialect: str = "openai-chat") -> Body:
    """The request with one need met: without a parameter, with what may do in its place, or reordered."""
    return _CHANGES[need](body, dialect)


def changed(needs: Sequence[str], body: Body, dialect: str = "openai-chat") -> Body:
    """The request with all these needs met."""
    # Roles are merged once there are no others left than will be sent.
    for need in sorted(needs, key=ORDER.index):
        body = without(need, body, dialect)
    if set(LIMITS) <= set(needs):
        return {name: value for name, value in body.items() if name not in LIMITS}
    return body


def needs_of(
    complaint: Complaint, body: Body, *, dialect: str = "openai-chat", told: Collection[str] = ()
) -> list[str]:
    """What the server may need, the likeliest first: each makes another request of this one, or is structural.

    Args:
        complaint: what it answered.
        body: what it was sent.
        dialect: what it speaks.
        told: parameters that the user has set: a value that is refused is the user's to change.
    """
    if not complaint.is_about_the_request:
        return []
    plain = plain_needs_of(complaint, body, dialect=dialect, told=told)
    if complaint.is_doubtful and not complaint.is_for_good:
        # An outage's words speak of all sorts of things.
        return plain
    vague = _that_change(_candidates(complaint, body, told, _vaguely), body, dialect)
    if not (plain or vague) and _TEMPLATE.search(complaint.words):
        # A template that fails at a conversation, of which no more is said, fails at its roles.
        return [need for need in _USUAL if without(need, body, dialect) != body]
    # What is refused plainly comes first, and what is the least loss.
    return sorted(
        {**dict.fromkeys(plain), **dict.fromkeys(vague)}, key=lambda need: (need not in plain, need in STRUCTURAL)
    )


def plain_needs_of(
    complaint: Complaint, body: Body, *, dialect: str = "openai-chat", told: Collection[str] = ()
) -> list[str]:
    """Those of `needs_of` that are refused plainly: by their own names, with words of refusal near."""
    if not complaint.is_about_the_request:
        return []
    found = _that_change(_candidates(complaint, body, told, _plainly), body, dialect)
    return sorted(found, key=lambda need: need in STRUCTURAL)


def is_unknown(parameter: str, complaint: Complaint) -> bool:
    """Whether a structural parameter itself is unknown, whatever its value: nothing is said of a kind of it."""
    words = f"{complaint.words} {' '.join(complaint.names)}".replace(parameter, "")
    return _UNKNOWN.search(words) is not None and _KIND.search(words) is None


def _that_change(needs: Iterable[str], body: Body, dialect: str) -> list[str]:
    return list(dict.fromkeys(need for need in needs if need in STRUCTURAL or without(need, body, dialect) != body))


def _plainly(words: str, name: re.Pattern[str]) -> bool:
    return refuses(words, name)


def _vaguely(words: str, name: re.Pattern[str]) -> bool:
    return name.search(words) is not None


def _candidates(complaint: Complaint, body: Body, told: Collection[str], is_told: _IsTold) -> Iterator[str]:
    """What may be needed, `is_told` being how a name's place in the words is looked at."""
    words = complaint.words
    for place in complaint.names:
        yield from _named(re.split(r"[.\[\]/]+", place.rstrip("]")), words, body, told)
    beside = f"{words} {' '.join(complaint.names)}"
    yield from _of_limits(beside, body)
    yield from _of_parameters(beside, body, told, is_told)
    yield from _of_roles(beside, is_told)
    if not body.get("stream") and _NOT_STREAMED.search(words):
        yield STREAM
    yield from _structural(beside, body, is_told)


def _of_limits(words: str, body: Body) -> Iterator[str]:
    """A limit that the server demands, under the name that it has there."""
    if (missing := _LIMIT_MISSING.search(words)) is None:
        return
    named = missing.group(1) or missing.group(2)
    if named in body:
        return
    other = next(name for name in LIMITS if name != named)
    yield other if other in body else LIMIT


def _named(place: list[str], words: str, body: Body, told: Collection[str]) -> Iterator[str]:
    """What a place in the body is about: its last part that has a meaning here."""
    for name in reversed(place):
        if name in ("strict", "additionalproperties", "additional_properties"):
            yield "strict" if name == "strict" else "additionalProperties"
        elif name == "tool_choice":
            yield _choice(body)
        elif name in body and (name in STRUCTURAL or (name in _PARAMETERS and not _is_the_users(name, words, told))):
            yield name
        else:
            continue
        return


def _of_roles(words: str, is_told: _IsTold) -> Iterator[str]:
    plainly = is_told is _plainly
    if _SYSTEM_FIRST.search(words):
        yield "system message first"
    is_of_order = _ORDER.search(words) or _FIRST.search(words)
    if plainly and not _SPEAKERS.search(words):
        is_of_order = None
    if is_of_order:
        yield "alternating roles"
    if _LAST.search(words) and (not plainly or _SPEAKERS.search(words)):
        yield "the user's last word"
    is_of_system = refuses(words, _SYSTEM_ITSELF) if plainly else _SYSTEM.search(words)
    if is_of_system or _ROLE.search(words) or is_of_order:
        yield "no system role"


def _of_parameters(words: str, body: Body, told: Collection[str], is_told: _IsTold) -> Iterator[str]:
    for name, sign in _PARAMETERS.items():
        if name in body and is_told(words, sign) and not _is_the_users(name, words, told):
            yield name
    if "tool_choice" in body and not _NO_TOOLS.search(words) and is_told(words, _CHOICE):
        yield _choice(body)
    if is_told(words, _ADDITIONAL) and not re.search(r"required", words):
        yield "additionalProperties"
    if is_told(words, _STRICT):
        yield "strict"


def _structural(words: str, body: Body, is_told: _IsTold) -> Iterator[str]:
    failed_call = _FAILED_CALL.search(words)
    if "response_format" in body and (is_told(words, _SHAPE) or _NO_SHAPE.search(words) or failed_call):
        yield "response_format"
    names = (_TOOLS_THEMSELVES if is_told is _plainly else _TOOLS, _SHAPE)
    if "tools" in body and (any(is_told(words, name) for name in names) or _NO_TOOLS.search(words)):
        yield "tools"


def _is_the_users(name: str, words: str, told: Collection[str]) -> bool:
    """Whether it is a value that is refused, and the user who has chosen it."""
    is_of_value = _VALUE.search(words) is not None and _UNKNOWN.search(words) is None
    return is_of_value and (name in told or name in LIMITS)


def _choice(body: Mapping[str, Any]) -> str:
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping):
        return f"tool_choice={'named' if choice.get('type') == 'function' else 'other'}"
    return f"tool_choice={choice if choice in _CHOICES else 'other'}"


def _weaker(kind: str) -> Callable[[Body, str], Body]:
    def apply(body: Body, _dialect: str) -> Body:
        if "tool_choice" not in body or _choice(body) != f"tool_choice={kind}":
            return body
        changed = {name: value for name, value in body.items() if name != "tool_choice"}
        return changed | ({"tool_choice": _WEAKER_CHOICE[kind]} if kind in _WEAKER_CHOICE else {})

    return apply


def _left_out(name: str) -> Callable[[Body, str], Body]:
    return lambda body, _dialect: {key: value for key, value in body.items() if key != name}


def _renamed(name: str, other: str) -> Callable[[Body, str], Body]:
    def apply(body: Body, dialect: str) -> Body:
        # It has one name in Anthropic's API, and nothing is answered without it.
        if name not in body or dialect == "anthropic":
            return body
        return {other if key == name else key: value for key, value in body.items()}

    return apply


def _limited(body: Body, _dialect: str) -> Body:
    return body if any(name in body for name in LIMITS) else {**body, LIMITS[0]: DEFAULT_LIMIT}


def _reordered(order: Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]) -> Callable[[Body, str], Body]:
    def apply(body: Body, _dialect: str) -> Body:
        return {**body, "messages": order(body["messages"])} if isinstance(body.get("messages"), list) else body

    return apply


def _streamed(body: Body, dialect: str) -> Body:
    # Anthropic's API counts in every stream, and knows no such parameter.
    options = {} if dialect == "anthropic" else {"stream_options": {"include_usage": True}}
    return {**body, "stream": True, **options}


def _without_in_shapes(key: str) -> Callable[[Body, str], Body]:
    """The request without a key of its tools and of its demanded shape, however deep."""

    def apply(body: Body, _dialect: str) -> Body:
        return {name: without_keys(value, key) if name in STRUCTURAL else value for name, value in body.items()}

    return apply


# Parameters that are left out, and by which words they are known, the more telling ones first.
_PARAMETERS: Final = {
    **{name: re.compile(name) for name in reversed(LIMITS)},
    "parallel_tool_calls": re.compile(r"parallel_?tool_?calls"),
    **{name: re.compile(rf"\b{name.replace('_', '[_ ]?')}\b") for name in _SAMPLING},
    "stream_options": re.compile(r"stream[_ ]?options"),
}
_CHANGES: Final[dict[str, Callable[[Body, str], Body]]] = {
    "system message first": _reordered(system_first),
    "no system role": _reordered(without_system),
    "alternating roles": _reordered(alternating),
    "the user's last word": _reordered(ending_with_user),
    LIMIT: _limited,
    "max_tokens": _renamed("max_tokens", "max_completion_tokens"),
    "max_completion_tokens": _renamed("max_completion_tokens", "max_tokens"),
    **{name: _left_out(name) for name in _PARAMETERS if name not in (*LIMITS, "stream_options")},
    **{f"tool_choice={kind}": _weaker(kind) for kind in _CHOICES},
    "additionalProperties": _without_in_shapes("additionalProperties"),
    "strict": _without_in_shapes("strict"),
    STREAM: _streamed,
    "stream_options": _left_out("stream_options"),
}
ORDER: Final = list(_CHANGES)
"""Everything that a server may be found to need, in the order in which it is done."""
