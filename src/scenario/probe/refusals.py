"""What a server's refusal says of the request it wants. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from scenario.probe.complaints import Complaint, complaints_in
from scenario.probe.fields import body_from_names, dialect_of_fields, holds_conversation_id, value_for
from scenario.probe.shape import Shape
from scenario.protocols.registry import AUTO

_MOST_FIELDS: Final = 12
_CALLED: Final = "its refusal asks for "
_REFUSES: Final = (400, 422)
_FAILS: Final = 500


def shape_of_refusal(
    status: int | None, headers: Mapping[str, str], body: bytes, *, sent: Shape | None = None
) -> Shape | None:
    """The way to ask that a refusal asks for; None where it says nothing of it.

    Args:
        status: of the refusal.
        headers: the same.
        body: the same.
        sent: what was refused: a body that an earlier refusal asked for is changed and not made anew.
    """
    method = sent.method if sent is not None else "POST"
    if status in (404, 405) and method == "POST":
        allowed = headers.get("allow", "").upper()
        if "GET" in allowed:
            return Shape(why="it allows GET only", method="GET")
        return None if allowed else Shape(why=f"POST was answered with {status}", method="GET")
    if status not in _REFUSES and status != _FAILS:
        return None
    complaints = complaints_in(body, failed=status == _FAILS)[:_MOST_FIELDS]
    asked_before = sent is not None and sent.why.startswith(_CALLED) and isinstance(sent.template, dict)
    names = [str(one.path[0]) for one in complaints if one.kind == "missing" and len(one.path) == 1]
    if not asked_before:
        missing = [
            one for one in complaints if one.kind == "missing" and all(isinstance(step, str) for step in one.path)
        ]
        if len(names) < len(missing):
            return Shape(why=_CALLED + _shown(missing), method=method, request=_changed({}, missing))
        if not names:
            return None
        why = _CALLED + ", ".join(names)
        if (dialect := dialect_of_fields(names)) is not None:
            return Shape(why=f"{why}, as {dialect} has them", protocol=dialect)
        return Shape(why=why, method=method, request=body_from_names(names))
    return None if sent is None or not complaints else _corrected(sent, complaints, names)


def _corrected(sent: Shape, complaints: list[Complaint], missing: list[str]) -> Shape | None:
    """What was asked for by an earlier refusal, as this one wants it."""
    if (form := _as_form(sent, missing)) is not None:
        return form
    # What is found in no form either is of another kind than a text.
    changed = sent if set(missing).isdisjoint(sent.form or {}) else Shape(why="", method=sent.method, request=sent.form)
    template = _changed(changed.template, complaints)
    if template == changed.template:
        return None
    return msgspec.structs.replace(changed, why=_CALLED + _shown(complaints), protocol=AUTO).sending(template)


def _as_form(sent: Shape, missing: list[str]) -> Shape | None:
    """The same as a form, where fields are said to be missing that were sent: urlencoded, then multipart."""
    unseen = [name for name in missing if isinstance(sent.template.get(name), str) and sent.template[name]]
    if not unseen or sent.method != "POST" or sent.multipart or not _is_flat(sent.template):
        return None
    how = "JSON" if sent.form is None else "a urlencoded form"
    why = f"{_CALLED}{', '.join(unseen)}, and does not find it in {how}"
    return Shape(why=why, url=sent.url, form=sent.template, multipart=sent.form is not None)


def _is_flat(body: Mapping[str, Any]) -> bool:
    return not any(isinstance(value, dict | list) for value in body.values())


def _shown(complaints: list[Complaint]) -> str:
    return ", ".join(dict.fromkeys(".".join(map(str, one.path)) for one in complaints))


def _changed(body: Mapping[str, Any], complaints: list[Complaint]) -> dict[str, Any]:
    """A body as it is asked for: with what is missing, without what is too much, of the kinds that are wanted."""
    changed: dict[str, Any] = _copied(body)
    for complaint in complaints:
        _change(changed, complaint)
    if not _holds_text(changed):
        # What nobody knows the use of is taken for the text.
        for complaint in complaints:
            if complaint.kind in ("missing", "text") and _put(changed, complaint.path, "$message"):
                break
    return changed


def _change(body: dict[str, Any], complaint: Complaint) -> None:
    *way, last = complaint.path
    place: Any = body
    for step in way:
        if isinstance(place, list) and isinstance(step, int) and step < len(place):
            if not isinstance(place[step], dict | list):
                place[step] = {}
            place = place[step]
        elif isinstance(place, dict):
            if not isinstance(place.get(str(step)), dict | list):
                place[str(step)] = {}
            place = place[str(step)]
        else:
            return
    if isinstance(place, list) and isinstance(last, int) and last < len(place):
        place[last] = _value("", complaint)
    elif isinstance(place, dict) and isinstance(last, str):
        if complaint.kind == "extra":
            place.pop(last, None)
        elif complaint.kind == "missing" and isinstance(place.get(last), str):
            # What is missing although it was sent is of another kind than a text.
            place[last] = {}
        else:
            place[last] = _value(last, complaint)


def _value(name: str, complaint: Complaint) -> Any:
    by_name, kind = value_for(name) if name else None, complaint.kind
    match kind:
        case "choice":
            choices = complaint.choices
            return next((one for one in choices if one in ("user", "human")), choices[0] if choices else "")
        case "uuid":
            return "00000000-0000-4000-8000-000000000001"
        case "object":
            return {}
        case "list":
            return "$messages" if by_name == "$messages" else ["$message"]
        case "number":
            return 1
        case "flag":
            return True
        case _:
            if kind == "text" and by_name == "$messages":
                return "$thread_id" if holds_conversation_id(name) else "$message"
            return by_name if by_name is not None else ""


def _put(body: dict[str, Any], path: tuple[str | int, ...], value: str) -> bool:
    *way, last = path
    place: Any = body
    for step in way:
        if isinstance(place, list):
            place = place[step] if isinstance(step, int) and step < len(place) else None
        else:
            place = place.get(str(step)) if isinstance(place, dict) else None
    if isinstance(place, dict) and place.get(str(last)) == "":
        place[str(last)] = value
        return True
    return False


def _holds_text(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_holds_text, value.values() if isinstance(value, dict) else value))
    return value in ("$message", "$messages")


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
