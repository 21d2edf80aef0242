"""What a server's refusal says of the request it wants. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenario.probe.complaints import Complaint, complaints_in
from scenario.probe.fields import body_from_names, dialect_of_fields, value_for
from scenario.probe.shape import Shape

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
    if status == 405 and method != "GET" and "GET" in headers.get("allow", "").upper():
        return Shape(why="it allows GET only", method="GET")
    if status not in _REFUSES and status != _FAILS:
        return None
    complaints = complaints_in(body, failed=status == _FAILS)[:_MOST_FIELDS]
    asked_before = sent is not None and sent.why.startswith(_CALLED) and isinstance(sent.request, dict)
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
    if sent is None or not complaints:
        return None
    request = _changed(sent.request, complaints)
    return None if request == sent.request else Shape(why=_CALLED + _shown(complaints), method=method, request=request)


def _shown(complaints: list[Complaint]) -> str:
    return ", ".join(dict.fromkeys(".".join(map(str, one.path)) for one in complaints))


def _changed(body: Mapping[str, Any], complaints: list[Complaint]) -> dict[str, Any]:
    """A body as it is asked for: with what is missing, without what is too much, of the kinds that are wanted."""
    changed: dict[str, Any] = _copied(body)
    for complaint in complaints:
        *way, last = complaint.path
        place: Any = changed
        for step in way:
            if not isinstance(place, dict):
                break
            if not isinstance(place.get(str(step)), dict):
                place[str(step)] = {}
            place = place[str(step)]
        if not isinstance(place, dict) or not isinstance(last, str):
            continue
        if complaint.kind == "extra":
            place.pop(last, None)
        else:
            # What is missing although it was sent is of another kind than a text.
            wanted = "object" if complaint.kind == "missing" and isinstance(place.get(last), str) else complaint.kind
            place[last] = _value(last, wanted)
    if not _holds_text(changed):
        # What nobody knows the use of is taken for the text.
        for complaint in complaints:
            if complaint.kind in ("missing", "text") and _put(changed, complaint.path, "$message"):
                break
    return changed


def _value(name: str, kind: str) -> Any:
    by_name = value_for(name)
    match kind:
        case "object":
            return {}
        case "list":
            return "$messages" if by_name == "$messages" else ["$message"]
        case "number":
            return 1
        case "flag":
            return True
        case _:
            return "$message" if kind == "text" and by_name == "$messages" else by_name if by_name is not None else ""


def _put(body: dict[str, Any], path: tuple[str | int, ...], value: str) -> bool:
    *way, last = path
    place: Any = body
    for step in way:
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
