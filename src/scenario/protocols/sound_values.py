"""What a reply keeps is kept in a form that can be written as JSON anywhere: an agent's odd value stops nobody.

Ids, states and results go back to the agent, into reports and into stores. Two things that JSON can be read from
cannot be written again: one half of a surrogate pair, and nesting as deep as the stack allows.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from scenario.protocols.interrupts import presentable
from scenario.protocols.json_text import repaired
from scenario.types import FunctionCall, FunctionResult, Reply

# Levels that whoever writes a reply may put around it, and frames that it may need until then.
_ROOM: Final = 200
_SHALLOW: Final = 100
_encode: Final = msgspec.json.Encoder(enc_hook=repr).encode


def make_sound(reply: Reply) -> None:
    """Mend what the reply keeps, where it could not be written as JSON."""
    if _is_sound(reply):
        return
    reply.messages = [presentable(message) for message in reply.messages]
    reply.tool_calls = [_call(call) for call in reply.tool_calls]
    reply.tool_results = [_result(result) for result in reply.tool_results]
    reply.finish_reason = presentable(reply.finish_reason)
    reply.interrupt = presentable(reply.interrupt)
    reply.session = presentable(reply.session)
    reply.carried = presentable(reply.carried)


def _is_sound(reply: Reply) -> bool:
    try:
        written = _encode(reply)
        # It is nested no deeper than it has brackets: of most replies that is enough to know.
        if written.count(b"[") + written.count(b"{") > _SHALLOW:
            nested: Any = reply
            for _ in range(_ROOM):
                nested = [nested]
            _encode(nested)
    except (UnicodeError, RecursionError, OverflowError):
        return False
    return True


def _call(call: FunctionCall) -> FunctionCall:
    return FunctionCall(
        id=call.id, name=call.name, arguments_raw=call.arguments_raw, arguments=presentable(call.arguments)
    )


def _result(result: FunctionResult) -> FunctionResult:
    return FunctionResult(
        id=repaired(result.id),
        name=repaired(result.name),
        output=presentable(result.output),
        is_error=result.is_error,
    )
