"""What a dialect is made of: the public interface for packages that teach Scenario how another agent speaks.

A dialect is a class that says how a turn is put to an agent (`Dialect.request`) and makes readers that fold the events
of an answer into a reply (`Dialect.reader`). Neither sees the network, knows a clock or holds state between turns. An
entry point makes it known by its name, wherever a protocol can be named and where it is found out:

    [project.entry-points."scenario.dialects"]
    own = "own_dialect:Own"

`docs/own-dialects.md` is the guide, `scenario.testing.check_dialect` the test, and `examples/own_dialect` a whole one.

Constants:
    CERTAIN, LIKELY, POSSIBLE: how sure `Dialect.detect` is. From LIKELY on, a response is read as the surest one's;
        where two are equally sure, Scenario's own dialects come first, and home-made streams last.
    NOTHING, REASONING, TOOL_CALL, ERROR, END, MALFORMED: what `Reader.read` says that an event has brought, where that
        is no text; a piece of text is `Brought("text", piece)`. MALFORMED is for what cannot be read: it is never
        passed over in silence.
    NOT_JSON: what `read_json` gives for text that is no JSON; null is None.
    Framing: "sse", "ndjson", "json" or "text": how a body is cut into events.
    Kind: the words that `Brought.kind` is one of.
    Message: an OpenAI-style message, a dictionary.
"""

from scenario.errors import AgentError, DialectError
from scenario.protocols.assembly import Assembly, CallDraft, MessageDraft
from scenario.protocols.errors_in_json import error_in, error_of
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import NOT_JSON, read_json, read_object, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    LIKELY,
    MALFORMED,
    NOTHING,
    POSSIBLE,
    REASONING,
    TOOL_CALL,
    Answered,
    Brought,
    Detection,
    Dialect,
    Ending,
    Framing,
    Head,
    Kind,
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    Turn,
)
from scenario.types import Message, Reply, ReplyError, Usage
from scenario.wire.event import ServerSentEvent

__all__ = [
    "CERTAIN",
    "END",
    "ERROR",
    "LIKELY",
    "MALFORMED",
    "NOTHING",
    "NOT_JSON",
    "POSSIBLE",
    "REASONING",
    "TOOL_CALL",
    "AgentError",
    "Answered",
    "Assembly",
    "Brought",
    "CallDraft",
    "Detection",
    "Dialect",
    "DialectError",
    "Ending",
    "Framing",
    "Head",
    "JsonPath",
    "Kind",
    "Message",
    "MessageDraft",
    "ReadOptions",
    "Reader",
    "Reply",
    "ReplyError",
    "RequestDraft",
    "Sample",
    "ServerSentEvent",
    "Turn",
    "Usage",
    "error_in",
    "error_of",
    "read_json",
    "read_object",
    "write_json",
]
