"""Steps of an agent's loop in one stream of chunks: the calls of the second are none of the first one's.

Some servers give the calls of each step the same identities and count them from 0 again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenario.protocols.assembly import CallDraft
from scenario.protocols.json_text import is_same_json


def begins_calls(deltas: object, legacy: object, known: Sequence[CallDraft]) -> bool:
    """Whether fragments after a finish reason begin calls, and do not go on with those before it or tell them again."""
    fragments = [one for one in deltas if isinstance(one, dict)] if isinstance(deltas, list) else []
    if isinstance(legacy, dict):
        fragments.append({"function": legacy})
    return any(_begins(fragment, known) for fragment in fragments)


def _begins(fragment: dict[str, Any], known: Sequence[CallDraft]) -> bool:
    function = fragment.get("function") or fragment.get("custom")
    function = function if isinstance(function, dict) else fragment
    if not isinstance(name := function.get("name"), str) or not name:
        return False
    arguments = function.get("arguments")
    told_again = isinstance(arguments, str) and any(
        draft.name == name
        and draft.id == (fragment.get("id") or draft.id)
        and is_same_json("".join(draft.arguments) or "{}", arguments or "{}")
        for draft in known
    )
    return not told_again


def begins_anew(failed_id: str | None, response_id: object, choices: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a chunk is of another completion than one that has failed before it: by its id, or by a role.

    Args:
        failed_id: that of the failed completion, "" where it had none; None where none has failed.
        response_id: the chunk's.
        choices: the chunk's.
    """
    if failed_id is None:
        return True
    if failed_id and response_id:
        return response_id != failed_id
    return any(isinstance(delta := choice.get("delta"), dict) and bool(delta.get("role")) for choice in choices)
