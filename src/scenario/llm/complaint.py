"""What a model's server complains of, wherever in its answer that stands. Pure.

Sources, for the places: OpenAI's error object; OpenRouter (the provider's own answer in `metadata.raw`); FastAPI and
vLLM (`detail`, a list with the place of each mistake); Groq (`failed_generation`, which is the model's text and none of
the server's); Gemini (a list around the object, field violations within); LM Studio and Ollama (`error` is a text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from scenario.llm.endpoint import said_in
from scenario.llm.fetch import Answer
from scenario.protocols.errors_in_json import error_in
from scenario.protocols.json_text import read_json
from scenario.types import ReplyError

# Members that hold what a server says. What it repeats of the request, or of the model's text, stands in others.
_TELLING: Final = frozenset(
    {
        *("base_resp", "body", "cause", "code", "data", "description", "detail", "details", "error", "errors"),
        *(
            "error_code",
            "error_message",
            "error_type",
            "errorCode",
            "errorMessage",
            "errorType",
            "external_model_error",
        ),
        *("field", "fieldViolations", "field_violations", "message", "metadata", "msg", "raw", "reason"),
        *("response", "status", "status_msg", "title", "type", "upstream"),
    }
)
_NAMING: Final = frozenset({"param", "parameter", "loc", "field"})
# Members in which a request, or what a model has written, is repeated.
_REPEATING: Final = frozenset(
    {"failed_generation", "input", "inputs", "messages", "prompt", "request", "request_body", "tools"}
)
_DEEPEST: Final = 8
_LONGEST: Final = 20_000
# A list of mistakes that was printed into a message.
_PRINTED_PLACE: Final = re.compile(r"['\"]loc['\"]: ?[\[(]([^\])]*)[\])]")
_PRINTED_WORDS: Final = re.compile(r"['\"]msg['\"]: ?(?:'([^']*)'|\"([^\"]*)\")")
# Codes of errors that may pass, which come under a status of 200.
PASSING: Final = frozenset(
    {
        *("408", "429", "500", "502", "503", "504", "529"),
        *("overloaded_error", "rate_limit_error", "rate_limit_exceeded"),
    }
)
_EVENT_DATA: Final = re.compile(rb"^data: ?(\{.*)$", re.MULTILINE)

_TOO_LONG: Final = re.compile(
    r"context[_ ]?(?:length|window|size|limit|overflow)?[_ ](?:is |was |limit )?exceed"
    r"|exceed\w*(?: [a-z']+){0,4} (?:context|(?:input|prompt) length|token limit|number of (?:input )?tokens)"
    r"|max(?:imum)?(?: allowed)? (?:context|prompt|input|sequence) (?:length|size|window)|max_(?:seq_len|model_len)"
    r"|\b(?:prompt|inputs?|request|messages?|conversation|context) (?:is |are |was )?too (?:long|large)"
    r"|too many (?:input |prompt )?tokens|request_too_large|string_above_max_length"
    r"|reduce the (?:length|size) of (?:the|your) (?:messages|prompt|input|request)"
    r"|token count.{0,60}exceed|model token limit|token limit exceeded"
    r"|(?:greater|larger|longer) than the (?:model'?s? )?(?:maximum |available )?context|context length of only"
    r"|context limit|\d tokens? ?> ?\d+|`?inputs`? tokens \+|exceed_context_size"
)
# A limit of the answer's length that no request of any length would be granted.
_LIMIT_ITSELF: Final = re.compile(
    r"max_(?:completion_|output_|new_)?tokens\W+(?:or\W+\w+\W+)?(?:is|are) too (?:large|high)"
)
_OF_THE_MOMENT: Final = re.compile(
    r"rate[_ -]?limit|too many requests|per[_ -]?(?:minute|day|hour)|\b[rt]p[md]\b|throttl|please wait|overloaded|quota"
)
# No few seconds help there.
_USED_UP: Final = re.compile(r"quota|per[_ -]?(?:day|hour)|\b[rt]pd\b")
# Of a server that may take the same request soon. "Remove it and try again" is said of the request.
_PASSES: Final = re.compile(
    r"(?<!and )\btry(?:ing)? (?:your request |it )?again(?! with)"
    r"|\bretry (?:your request|the request|later|after|in \d)|please retry"
    r"|\b(?:model|server|weights?|engine|it) (?:is |are )?(?:being |still |currently )?loading"
    r"|^loading|\bloading (?:the )?model|currently loading|\bnot (?:yet )?ready\b"
    r"|\b(?:server|model|engine|service|it) (?:is |are )?(?:being |still )*(?:re)?start(?:ing|ed)\b"
    r"|\bstarting up\b|\brestarting\b|\bwarm(?:ing|s)?[ -]?up\b|\btemporar(?:y|ily)\b"
    r"|\b(?:is|too|server|currently) busy\b|no healthy upstream|at the moment\b|currently unavailable"
    r"|\bcapacity\b.{0,20}\bexceed|\b(?:at|no|out of) capacity\b"
)
# What says no more than that something is wrong, if it says nothing else.
_GENERAL: Final = re.compile(
    r"unexpected error|internal (?:server )?error\b|bad gateway|upstream (?:connect )?error|service unavailable"
)
# Of the machine and its programs, in which parameters' names are other things: a GPU has a temperature too.
_MACHINE: Final = re.compile(
    r"\bcuda|\bgpus?\b|\bcublas|\bnccl\b|\brocm\b|out of memory|\boom\b|\bfile ?system\b|\bdisk\b|no space left"
    r"|segmentation fault|connection (?:reset|refused)|\b(?:died|crashed)\b"
)
_OTHERWISE: Final = re.compile(
    r"\b(?:your|current|free) (?:plan|tier|subscription)\b|please upgrade"
    r"|api[ _-]?key|unauthori[sz]ed|authenticat|permission|\bforbidden\b|billing|\bcredits?\b|insufficient"
    r"|content[_ ](?:filter|policy|management)|responsible ?ai|\bsafety\b(?!_)|moderation|flagged"
    r"|image_url|(?:images?|vision|multimodal)\b.{0,60}(?:not|n't) support"
    r"|(?:not|n't) support.{0,60}\b(?:images?|vision|multimodal)\b"
    r"|model_not_found|no such model|(?:unknown|invalid) model\b"
    r"|\bmodel\b.{0,80}(?:does not exist|not found|decommissioned|been deprecated|do not have access)"
)


# Words with which something is refused.
_REFUSING: Final = re.compile(
    r"unsupported|(?:not|n't) (?:yet |currently )?(?:support|implement)|unknown|unrecogni[sz]ed|\binvalid\b"
    r"|\bextra(?:neous)?\b"
    r"|\bnot (?:be |an? |yet |currently )?(?:permitted|allowed|accepted|valid|known|available|enabled|recogni)"
    r"|\bunexpected\b(?! error| eof| end)|\b(?:only|must|should)\b|\brequire[sd]?\b|\bexpected\b|\binstead\b"
    r"|does not (?:take|accept|know)"
    r"|deprecated|no such|\bno \w+ found|incompatible|unavailable|\bcan(?:not|'t)\b|could not|unable to"
    r"|fail(?:ed|s|ure) to"
    r"|conversion failed|error (?:parsing|rendering)|mismatch|not met|did not|forbidden|out of range|\bbetween\b|exceed"
    r"|\b(?:greater|less|more) than\b|at (?:most|least)|too (?:large|high|small|low|big|complex|deep)|maximum|minimum"
    r"|\b(?:disabled|rejected|removed|no longer)\b|\bha(?:s|ve) no\b|\bno tool\b|strictly"
    r"|no endpoints|not (?:in|one of)\b|不支持|仅支持|非法|无效|取值范围|参数错误"
)
_REACH: Final = 80
# Of a call that a model has written badly, as it may not do again.
_WRITTEN: Final = re.compile(r"(?:error|fail\w*|unable)(?: to)? pars\w+ (?:the )?(?:tool|function)")
_TEMPLATE: Final = re.compile(r"jinja|chat[_ ]template|template[_ ]error|raise_exception")
# What only a request has. llama.cpp, LocalAI, Ollama and SGLang refuse it with 500.
_OF_REQUESTS: Final = re.compile(
    r"\broles\b|\bsystem[ _-](?:role|message|prompt)|\bgrammar\b|json[ _]schema|response_format|\btools\b|tool_choice"
    r"|tool[_ -](?:use|call)|function[ _-]call|\btemperature\b|\btop_[pk]\b|max_(?:completion_)?tokens"
)


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """What a server refuses a request for.

    Attributes:
        status: of HTTP; of the error in the body where that came with status 200.
        words: all that it says, in small letters.
        names: the parameters, or the places in the body, that it names beside its words, in small letters.
    """

    status: int
    words: str
    names: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """What it is about, for `ModelResponseError.reason`: "context_length", or "" for everything else."""
        if self.status in (401, 402, 403, 404, 429) or _OF_THE_MOMENT.search(self.words):
            return ""
        if _LIMIT_ITSELF.search(self.words):
            return ""
        return "context_length" if self.status == 413 or _TOO_LONG.search(self.words) else ""

    @property
    def is_about_the_request(self) -> bool:
        """Whether another form of the same question may be taken: it is no matter of keys, limits, models or policy."""
        if not 400 <= self.status < 500 and self.status not in (500, 501):
            return False
        if self.status in (401, 402, 403, 407, 408, 413, 429) or self.reason:
            return False
        if self.status >= 500 and (_MACHINE.search(self.words) or _PASSES.search(self.words)) and self.status != 501:
            return False
        return not (_OF_THE_MOMENT.search(self.words) or _OTHERWISE.search(self.words))

    @property
    def may_pass(self) -> bool:
        """Whether the same request may be taken soon, though the status says that it will not."""
        if not 400 <= self.status < 500 or self.status in (401, 402, 403, 404, 405, 407, 408, 413, 429) or self.reason:
            return False
        if _OTHERWISE.search(self.words) or _USED_UP.search(self.words):
            return False
        if any(sign.search(self.words) for sign in (_PASSES, _MACHINE, _OF_THE_MOMENT)):
            return True
        return _GENERAL.search(self.words) is not None and not refuses(self.words, _OF_REQUESTS)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be an outage's word, so that a form that is taken afterwards proves nothing."""
        return (self.status >= 500 and self.status != 501) or self.may_pass

    @property
    def is_for_good(self) -> bool:
        """Whether another try of the same request would change nothing, by its words, whatever its status says."""
        if self.reason:
            return True
        if _WRITTEN.search(self.words):
            return False
        plainly = _TEMPLATE.search(self.words) is not None or refuses(self.words, _OF_REQUESTS)
        return plainly and self.is_about_the_request and not self.may_pass


def refuses(words: str, name: re.Pattern[str]) -> bool:
    """Whether words of refusal stand near what a pattern knows."""
    return any(
        _REFUSING.search(words, max(0, found.start() - _REACH), found.end() + _REACH) for found in name.finditer(words)
    )


def complaint_in_error(error: ReplyError) -> Complaint:
    """What an error under a status of 200 complains of."""
    status = int(error.code) if error.code.isdecimal() and len(error.code) == 3 else 400
    return Complaint(status=status, words=f"{error.message} {error.code}".lower())


def complaint_of(answer: Answer) -> Complaint | None:
    """The complaint that an answer is, also one under a status of 200; None where it is none."""
    if answer.status >= 400:
        return _complaint(answer.status, answer.body)
    if answer.framing == "sse":
        first = _EVENT_DATA.search(answer.body)
        return _under_200(first.group(1)) if first else None
    return _under_200(answer.body)


def is_final(status: int, body: bytes) -> bool:
    """Whether an error of the server will not pass by itself, though its status says that it may."""
    return status == 500 and _complaint(status, body).is_for_good


def _under_200(body: bytes) -> Complaint | None:
    """A gateway's word that the request was refused: its upstream's status is the error's code, where it tells one."""
    value = read_json(body)
    error = error_in(value) if isinstance(value, dict) and not value.get("choices") else None
    if error is None or error.code in PASSING or complaint_in_error(error).may_pass:
        return None
    status = complaint_in_error(error).status
    complaint = _complaint(status, body) if 400 <= status < 500 or status == 501 else None
    return None if complaint is None or complaint.may_pass else complaint


def _complaint(status: int, body: bytes) -> Complaint:
    value = read_json(body)
    words: list[str] = []
    names: list[str] = []
    if isinstance(value, dict | list | str):
        for name, text in _told(value, "", 0):
            (names if name in _NAMING else words).append(text)
    else:
        words.append(said_in(body))
    return Complaint(
        status=status,
        words=" ".join(words)[:_LONGEST].lower(),
        names=tuple(dict.fromkeys(name.lower() for name in names)),
    )


def _told(value: object, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Each text of an error, with the name of the member that holds it."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _texts(value, name, depth)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield name, str(value)
    elif name == "loc" and isinstance(value, list):
        yield name, ".".join(str(part) for part in value)
    elif isinstance(value, list):
        for one in value:
            yield from _told(one, name, depth + 1)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _TELLING or key in _NAMING:
                yield from _told(inner, key, depth + 1)


def _all_told(value: object, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Each text of an error whose members' names are a gateway's own, but for what it repeats of the request."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _REPEATING:
                yield from _all_told(inner, key, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _all_told(one, name, depth + 1)
    else:
        yield from _told(value, name, depth)


def _texts(text: str, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """A text, or what stands in it: gateways hand on their upstream's answer as a text."""
    if text.lstrip().startswith(("{", "[")) and isinstance(inner := read_json(text), dict | list):
        told = list(_told(inner, name, depth + 1))
        yield from told or _all_told(inner, name, depth + 1)
        return
    places = _PRINTED_PLACE.findall(text)
    if not places:
        yield name, text
        return
    for place in places:
        yield "loc", ".".join(part.strip(" '\"") for part in place.split(",") if part.strip())
    for one, other in _PRINTED_WORDS.findall(text):
        yield name, one or other
