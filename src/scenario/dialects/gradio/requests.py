"""What Gradio is sent: which functions there are, a call with the user's text, and where its events are.

Source: Gradio's own pages on its API (`/gradio_api/info`, `POST /gradio_api/call/NAME`, `GET …/call/NAME/EVENT_ID`) and
what gradio 6.31 answers. A function's arguments have no names in a call: its description tells their order.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from scenario.errors import AgentError
from scenario.late_pattern import late_pattern
from scenario.protocols.content_parts import cannot_carry, media_in, text_of
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.protocols.rejection import refusal

PATH: Final = late_pattern(r"(?P<root>.*?)(?P<api>/gradio_api)?/call(?:/v2)?/(?P<name>[^/]+)/?\Z")
_API: Final = "/gradio_api"
_TEXTS: Final = frozenset(
    {"message", "text", "prompt", "query", "question", "input", "user_input", "user_message", "msg", "inputs"}
)
_HISTORIES: Final = frozenset({"history", "messages", "chat_history", "chatbot", "conversation"})
_USUAL_NAMES: Final = ("chat", "predict", "respond")
_OWN_DATA: Final = 'Give its arguments in their order: RemoteAgent(url, request={"data": ["$message", …]}).'


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """Look how the function is called, call it, and read its events."""
    api, name = _places(turn.path)
    named = _functions((yield RequestDraft(method="GET", url=f"{api}/info")))
    name = name or turn.model or _function_among(named)
    parameters = named.get(name)
    if parameters is None:
        raise AgentError(f"The Gradio app has no function {name!r}. There are: {_listed(named)}.")
    place = f"{api}/call/{quote(name, safe='')}"
    body: dict[str, Any] = {"data": [_argument(one, turn, parameters) for one in parameters]}
    if turn.thread_id:
        body["session_hash"] = turn.thread_id
    answer = yield RequestDraft(body=body, url=place, puts_turn=True)
    return RequestDraft(method="GET", url=f"{place}/{quote(_event_id(answer, name), safe='')}")


def _places(path: str) -> tuple[str, str]:
    """Where the API lies, and the function that the path of the user's URL names; empty where it names none."""
    found = PATH.match(path)
    if found is None:
        root = path.rstrip("/").removesuffix(_API)
        return root + _API, ""
    return found["root"] + (found["api"] or ""), unquote(found["name"])


def _functions(answer: Answered) -> Mapping[str, list[dict[str, Any]]]:
    """The functions by name, each with its parameters in their order."""
    value = read_json(answer.body) if answer.head.status == 200 else None
    named = value.get("named_endpoints") if isinstance(value, dict) else None
    if not isinstance(named, dict):
        raise AgentError(f"The Gradio app does not describe itself: {refusal(answer.head, answer.body).message}.")
    functions: dict[str, list[dict[str, Any]]] = {}
    for name, described in named.items():
        given = described.get("parameters") if isinstance(described, dict) else None
        functions[name.strip("/")] = [one for one in given or () if isinstance(one, dict)]
    return functions


def _function_among(named: Mapping[str, object]) -> str:
    usual = [name for name in _USUAL_NAMES if name in named]
    if len(named) == 1 or usual:
        return usual[0] if usual else next(iter(named))
    raise AgentError(
        f"Which of the Gradio app's functions is meant? Say it: RemoteAgent(url, model=…). There are: {_listed(named)}."
    )


def _listed(named: Mapping[str, object]) -> str:
    return ", ".join(map(repr, sorted(named)[:20])) or "none"


def _argument(parameter: Mapping[str, Any], turn: Turn, parameters: list[dict[str, Any]]) -> Any:
    """What a parameter is given: the user's text, the conversation before it, or its default.

    Raises:
        AgentError: nothing of that is known of it.
    """
    name = str(parameter.get("parameter_name", ""))
    texts = [one for one in parameters if _takes_text(one)]
    named = [one for one in texts if one.get("parameter_name") in _TEXTS]
    if parameter in (named or texts)[:1]:
        return _said(turn, parameter)
    if name in _HISTORIES and not parameter.get("parameter_has_default"):
        return _history(turn)
    if parameter.get("parameter_has_default"):
        return parameter.get("parameter_default")
    raise AgentError(f"It is not known what the Gradio function's parameter {name!r} is to be given. {_OWN_DATA}")


def _is_multimodal(parameter: Mapping[str, Any]) -> bool:
    return parameter.get("component") == "Multimodaltextbox"


def _takes_text(parameter: Mapping[str, Any]) -> bool:
    kind = parameter.get("type")
    return _is_multimodal(parameter) or (
        isinstance(kind, dict) and kind.get("type") == "string" and not parameter.get("enum") and not kind.get("enum")
    )


def _said(turn: Turn, parameter: Mapping[str, Any]) -> Any:
    new = turn.new_messages or turn.messages[-1:]
    for media in media_in(new):
        cannot_carry(media, "a Gradio call", "files are uploaded there by other means")
    text = "\n".join(
        text for one in new if one.get("role") == "user" and (text := text_of(one.get("content")))
    )  # fmt: skip
    return {"text": text, "files": []} if _is_multimodal(parameter) else text


def _history(turn: Turn) -> list[dict[str, str]]:
    """What was said before what is new, as Gradio's chats keep it."""
    whole = turn.conversation or turn.messages
    before = whole[: len(whole) - len(turn.new_messages)] if turn.new_messages else whole[:-1]
    said = [(str(one.get("role")), text_of(one.get("content"))) for one in before]
    return [{"role": role, "content": text} for role, text in said if role in ("user", "assistant") and text]


def _event_id(answer: Answered, name: str) -> str:
    value = read_json(answer.body)
    found = value.get("event_id") if isinstance(value, dict) else None
    if answer.head.status >= 300 or not isinstance(found, str) or not found:
        raise AgentError(f"Gradio did not call {name!r}: {refusal(answer.head, answer.body).message}. {_OWN_DATA}")
    return found
