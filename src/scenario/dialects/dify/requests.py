"""What a Dify app is sent: the user's text in a conversation that the server keeps, or the answer to a form.

Source: https://docs.dify.ai/en/api-reference/chat-messages/send-chat-message and, for forms that a run waits for,
https://docs.dify.ai/en/api-reference/guides/human-input-flow.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from scenario.errors import AgentError
from scenario.protocols.content_parts import Media, cannot_carry, media_in
from scenario.protocols.json_text import read_json
from scenario.protocols.multipart import content_type, multipart
from scenario.protocols.new_words import file_of, new_messages, new_words
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.protocols.rejection import refusal

ENDINGS: Final = ("/chat-messages", "/completion-messages", "/workflows/run")
_USER: Final = "scenario"
_KINDS: Final = {"image": "image", "audio": "audio", "video": "video"}
_YES: Final = ("approve", "accept", "yes", "ok", "confirm", "allow", "continue")
_NO: Final = ("reject", "deny", "no", "cancel", "decline", "refuse", "stop")


def run(turn: Turn, files: Sequence[Mapping[str, Any]] = ()) -> RequestDraft:
    """The request that makes the app answer, with these files of the message's."""
    path = turn.path.rstrip("/")
    text = new_words(turn)
    body: dict[str, Any] = {"inputs": {}, "response_mode": "streaming" if turn.stream else "blocking", "user": _USER}
    if path.endswith("/workflows/run"):
        body["inputs"] = {"query": text}
    elif path.endswith("/completion-messages"):
        body |= {"inputs": {"query": text}, "query": text}
    else:
        conversation = turn.session.get("conversation_id", "")
        body |= {"query": text, "conversation_id": conversation, "auto_generate_name": False}
    if files:
        body["files"] = list(files)
    if path.endswith(ENDINGS):
        return RequestDraft(body=body)
    return RequestDraft(body=body, url=f"{root_of(turn.path)}/chat-messages")


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """The run, after its files; or, where one waits for a human, each form's answer, then the rest of its events."""
    asked = turn.interrupt.get("interrupts") if isinstance(turn.interrupt, Mapping) else None
    forms = [form for form in asked if isinstance(form, Mapping)] if isinstance(asked, list) else []
    if turn.resume is None or not forms:
        return run(turn, (yield from _uploaded(turn)))
    root = root_of(turn.path)
    for form in forms:
        token = form.get("form_token")
        if not isinstance(token, str) or not token:
            raise AgentError(
                "The Dify app waits for a form that is delivered by e-mail, which has no form_token: "
                "publish the Human Input node with Web App delivery, so that it can be answered here."
            )
        body = {**_answer(turn.resume, form), "user": _USER}
        answer = yield RequestDraft(body=body, url=f"{root}/form/human_input/{quote(token, safe='')}")
        if answer.head.status >= 300:
            raise AgentError(f"The Dify app refused the form's answer: {refusal(answer.head, answer.body).message}.")
    name = forms[0].get("workflow_run_id") or turn.session.get("task_id") or ""
    return RequestDraft(method="GET", url=f"{root}/workflow/{quote(str(name), safe='')}/events?user={_USER}")


def root_of(path: str) -> str:
    """Where the API begins, given the path of the user's URL."""
    path = path.rstrip("/")
    for ending in ENDINGS:
        if path.endswith(ending):
            return path.removesuffix(ending)
    return path or "/v1"


def _answer(answer: Any, form: Mapping[str, Any]) -> dict[str, Any]:
    """A form's inputs, and the button that is pressed."""
    actions = form.get("actions") or form.get("user_actions")
    named = [action for action in actions if isinstance(action, Mapping)] if isinstance(actions, list) else []
    ids = [action["id"] for action in named if isinstance(action.get("id"), str)]
    if not isinstance(answer, Mapping):
        chosen = answer if answer in ids or not isinstance(answer, bool) else _button(named, approve=answer)
        return {"inputs": {}, "action": chosen}
    inputs = answer.get("inputs", {})
    if isinstance(approve := answer.get("approve"), bool):
        return {"inputs": inputs, "action": answer.get("action") or _button(named, approve=approve)}
    if "action" in answer or "inputs" in answer:
        return {"inputs": inputs, "action": answer.get("action") or (ids[0] if ids else "")}
    return {"inputs": dict(answer), "action": ids[0] if ids else ""}


def _button(actions: list[Mapping[str, Any]], *, approve: bool) -> str:
    """The button that means yes, or no: by its name, else the first, or the last."""
    words = _YES if approve else _NO
    for action in actions:
        names = f"{action.get('id')} {action.get('title')}".lower().replace("_", " ").split()
        if any(word in names for word in words):
            return str(action.get("id"))
    if not actions:
        return "approve" if approve else "reject"
    return str(actions[0 if approve else -1].get("id"))


def _uploaded(turn: Turn) -> Generator[RequestDraft, Answered, list[dict[str, Any]]]:
    """The files of what was said: those at URLs by these, the others by the ids that their uploads get."""
    files: list[dict[str, Any]] = []
    for media in media_in(new_messages(turn)):
        kind = media.kind if media.kind != "file" else _KINDS.get(media.media_type.partition("/")[0], "document")
        if not (media.data or media.url):
            cannot_carry(media, "Dify", "it takes files by their bytes or their URL")
        if not media.data:
            files.append({"type": kind, "transfer_method": "remote_url", "url": media.url})
            continue
        answer = yield _upload(turn, media)
        value = read_json(answer.body)
        if answer.head.status >= 300 or not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise AgentError(f"The Dify app refused a file: {refusal(answer.head, answer.body).message}.")
        files.append({"type": kind, "transfer_method": "local_file", "upload_file_id": value["id"]})
    return files


def _upload(turn: Turn, media: Media) -> RequestDraft:
    boundary = f"scenario-{turn.request_id}"
    body = multipart([("user", _USER), ("file", file_of(media))], boundary)
    headers = {"Content-Type": content_type(boundary)}
    return RequestDraft(body=body, url=f"{root_of(turn.path)}/files/upload", headers=headers)
