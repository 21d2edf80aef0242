"""Several segments' replies as the one reply that they are to whoever asked."""

from __future__ import annotations

from collections.abc import Sequence

from scenario.protocols.looks import TOO_MUCH_CODE, TooMuchJsonError
from scenario.protocols.protocol import Ending, Reader
from scenario.types import Reply, Usage


def finished(reader: Reader, ending: Ending) -> Reply:
    """A segment's reply; where its text is sought in more JSON than is looked into, that is its error."""
    try:
        return reader.finish(ending)
    except TooMuchJsonError as error:
        reader.reply.fail(str(error), TOO_MUCH_CODE)
        return reader.finish(ending)


def joined(replies: Sequence[Reply]) -> Reply:
    """The replies one after the other; the last one says how the answer ended.

    Texts are a line apart, as the messages of one reply are. Usage is that of all: each model call counts its own.
    """
    last = replies[-1]
    counted = [reply.usage for reply in replies if reply.usage is not None]
    whole = Reply(
        protocol=last.protocol,
        text="\n".join([reply.text for reply in replies if reply.text]),
        messages=[message for reply in replies for message in reply.messages],
        reasoning="\n".join([reply.reasoning for reply in replies if reply.reasoning]),
        tool_calls=[call for reply in replies for call in reply.tool_calls],
        tool_results=[result for reply in replies for result in reply.tool_results],
        usage=sum(counted, Usage()) if counted else None,
        finish_reason=last.finish_reason,
        error=last.error,
        interrupt=last.interrupt,
        outcome=last.outcome,
        complete=last.complete,
    )
    for reply in replies:
        whole.session |= reply.session
        whole.carried |= reply.carried
    return whole
