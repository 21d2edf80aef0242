"""L20 to L30: how events are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scenario.lint.explanations.explanation import EVENT_STREAMS, Explanation

FRAMING: Final[Mapping[str, Explanation]] = {
    "L20": Explanation(
        what="The body is UTF-8 from its first byte to its last, without a byte-order mark (a warning).",
        why="Readers put a replacement character where bytes are wrong: letters of the answer are lost. Behind a mark, "
        "many miss the first event.",
        example="data: Gr\\xfc\\xdfe        (Latin-1)",
        remedy="Encode the whole text as UTF-8 before it is cut into pieces; do not decode and encode single pieces.",
        source=EVENT_STREAMS + "; RFC 8259, 8.1",
    ),
    "L21": Explanation(
        what="An empty line ends every event, the last one too.",
        why="Readers discard an event that nothing ends: the last piece of the answer, or its end.",
        example='data: {"content": "Bye."}        (the body ends here)',
        remedy="Write two line ends behind every event.",
        source=EVENT_STREAMS,
    ),
    "L22": Explanation(
        what="Lines end in one way: LF everywhere, or CRLF everywhere, and never a bare CR.",
        why="The standard allows all three, mixed too; readers that split at two LF do not find the events.",
        example="data: one\\r\\n\\r\\ndata: two\\n\\n",
        remedy="End every line with LF.",
        source=EVENT_STREAMS,
    ),
    "L23": Explanation(
        what="Every line is data, event, id, retry or a comment. A line that held text is an error: JSON without a "
        "whole `data:` before it, data in the middle of another line, the rest of a text after a raw line end.",
        why="Readers skip every other line without a word, and what stood in it with it.",
        example="data: It is 18\ndegrees.\n\n",
        remedy="Write `data: ` before every line of the text, also after a line end inside it; or send JSON.",
        source=EVENT_STREAMS,
    ),
    "L24": Explanation(
        what="The data of each event is one JSON value, where the dialect has JSON: not cut, not two, and "
        "nothing behind it.",
        why="Readers stop with an error there, or pass over the event and lose what was in it.",
        example='data: {"content": "He said\ndata: hello"}\n\n',
        remedy="Write each event whole, with a JSON encoder, and an empty line behind it.",
        source="RFC 8259: https://www.rfc-editor.org/rfc/rfc8259",
    ),
    "L25": Explanation(
        what="The end is `data: [DONE]`, to the letter.",
        why="Clients compare it letter by letter; anything else is parsed as JSON, and fails.",
        example="data: [done]\n\n",
        remedy="Send `data: [DONE]`, in capitals and brackets, without quotes.",
        source="https://platform.openai.com/docs/api-reference/chat-streaming",
    ),
    "L26": Explanation(
        what="No line is longer than 64 KiB; one above 1 MiB is an error.",
        why="Readers have limits for lines: Go's bufio.Scanner stops at 64 KiB, others at a megabyte.",
        example='data: {"image": "(2 megabytes of base64)"}\n\n',
        remedy="Send large things in parts, or a link to them.",
        source="https://pkg.go.dev/bufio#MaxScanTokenSize",
    ),
    "L27": Explanation(
        what="The data holds no raw U+2028, U+2029, U+0085, vertical tab, form feed or separator.",
        why="They are no line ends of an event stream, but the line splitting of Python and others takes them for "
        "such, and cuts the JSON there.",
        example='data: {"content": "one(U+2028)two"}\n\n',
        remedy=r"Escape them in the JSON (\u2028), as JSON encoders do on demand.",
        source="https://docs.python.org/3/library/stdtypes.html#str.splitlines",
    ),
    "L28": Explanation(
        what="An event has one name and one id, an id has no NUL, and retry is a number of milliseconds between 100 "
        "and 60000 (a warning).",
        why="Two names in one event are what a value with a line end in it leaves behind: content that forges fields.",
        example="id: 1\nid: 2\ndata: {}\n\n",
        remedy="Refuse CR and LF in what goes into event and id lines.",
        source=EVENT_STREAMS,
    ),
    "L29": Explanation(
        what="Where events have ids, these are unique, and numbers grow.",
        why="Last-Event-ID is where a reconnection goes on: with an id that repeats, events are lost or come twice.",
        example="id: 1\ndata: {}\n\nid: 1\ndata: {}\n\n",
        remedy="Count up, or leave ids out.",
        source=EVENT_STREAMS,
    ),
    "L30": Explanation(
        what="Nothing in the stream looks like a key, a token, a password or a private key.",
        why="What is streamed is in everybody's browser.",
        example='data: {"debug": {"authorization": "Bearer eyJ…"}}\n\n',
        remedy="Take it out of what is streamed, and change the secret. Debug modes that dump requests are the usual "
        "source.",
        source="https://owasp.org/API-Security/editions/2023/en/0x11-t10/ (API3)",
    ),
}
