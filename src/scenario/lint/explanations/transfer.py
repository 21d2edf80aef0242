"""L01 to L11: status, headers and the transfer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scenario.lint.explanations.explanation import EVENT_STREAMS, Explanation

TRANSFER: Final[Mapping[str, Explanation]] = {
    "L01": Explanation(
        what="The status of an answer is 200 (201 to a POST will do), and it has a body. An error that is known before "
        "the first byte has a status of 4xx or 5xx, and is not the first event of a stream under 200. Of a "
        "refusal, the rules about streams say nothing.",
        why="Retries, load balancers, dashboards and clients look at the status. An error under 200 counts as a "
        "success with all of them.",
        example='HTTP/1.1 200 OK\n\ndata: {"error": {"message": "overloaded"}}',
        remedy="Where the request was refused: say who asks (401, 403), see that the path and the method are the "
        "agent's (404, 405), give the body that it takes (400, 422). Where an error comes under 200: send the error's "
        "status and a JSON body. Only an error that comes after the first event belongs into the stream.",
        source="RFC 9110, 15: https://www.rfc-editor.org/rfc/rfc9110#section-15; " + EVENT_STREAMS,
    ),
    "L02": Explanation(
        what="The Content-Type is that of the body: text/event-stream for events, application/x-ndjson or "
        "application/json for JSON, text/plain for text; its charset is UTF-8. A web page is no answer, "
        "and the rules about streams say nothing of it.",
        why="Browsers' EventSource and most SDKs refuse an event stream under any other name, and others read it as "
        "one whole text.",
        example='Content-Type: text/html\n\ndata: {"content": "Hi"}',
        remedy="Set the Content-Type where the response is made: frameworks put text/html or application/json there.",
        source=EVENT_STREAMS + "; RFC 8259, 8.1",
    ),
    "L03": Explanation(
        what="A stream is told apart for what lies between: Cache-Control: no-cache or no-store, X-Accel-Buffering: "
        "no, and no compression. `Content-Encoding: none` and `identity` are no compression.",
        why="Caches, proxies and compressors collect many kilobytes before they let anything through: users see "
        "nothing, then everything.",
        example="Content-Type: text/event-stream\nContent-Encoding: gzip",
        remedy="Send both headers, and leave event streams out of compression or flush after each event.",
        source="RFC 9111, 5.2.2: https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2; "
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
    ),
    "L04": Explanation(
        what="Over HTTP/2 and 3 a response has no Connection, Keep-Alive, Transfer-Encoding, Proxy-Connection or "
        "Upgrade; a stream has no Content-Length.",
        why="Clients may take such a response for malformed. A length says that the whole answer was made before its "
        "first byte was sent.",
        example="HTTP/2 200\nconnection: keep-alive",
        remedy="Do not set these headers by hand: servers do it where they belong.",
        source="RFC 9113, 8.2.2: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2",
    ),
    "L05": Explanation(
        what="The transfer ends as HTTP says it should: with its last chunk, or with as many bytes as were announced. "
        "A stream that only the closed connection ends is a warning.",
        why="A client that does not look closely takes what came for the whole answer.",
        example="Content-Length: 900\n\n(620 bytes, and the connection is closed)",
        remedy="Let the server end the response. Timeouts of proxies and workers that die look like this. Send streams "
        "chunked.",
        source="RFC 9112, 8: https://www.rfc-editor.org/rfc/rfc9112#section-8",
    ),
    "L06": Explanation(
        what="The first byte comes within 5 seconds, the first part of the answer within 30.",
        why="Until then nobody knows whether the agent is alive; users leave, and proxies give up.",
        example="(headers after 9 seconds, when the model has begun)",
        remedy="Send headers and a comment or a first event before the work begins, and stream the text as it comes.",
        source="Our own measure; https://www.nngroup.com/articles/response-times-3-important-limits/",
    ),
    "L07": Explanation(
        what="No silence of more than 15 seconds between two bytes; more than 55 is an error.",
        why="Proxies and load balancers take a silent connection for a dead one and close it, many of them after 60 "
        "seconds.",
        example='data: {"step": "searching"}\n\n(nothing for 70 seconds)',
        remedy="Send a comment line (`: keep-alive` and an empty line) every 15 seconds while the agent works.",
        source=EVENT_STREAMS + " (authoring notes)",
    ),
    "L08": Explanation(
        what="What only keeps a stream alive is a comment. A ping with data is one of the dialect's own (Anthropic, "
        "Dify) or a named event of nothing, as tRPC sends it; OpenAI's own client fails at blocks without data.",
        why="Strict readers take any event for one of the dialect's and fail at it; an event without data is never "
        "dispatched.",
        example='data: {"type": "ping"}\n\nevent: ping\n\n',
        remedy="Send `: keep-alive` and an empty line: every reader skips comments.",
        source=EVENT_STREAMS,
    ),
    "L09": Explanation(
        what="A request with an Origin is answered with Access-Control-Allow-Origin; any origin (*) is not allowed "
        "together with credentials.",
        why="Browsers throw the answer away otherwise, and only the browser's console says why.",
        example="Access-Control-Allow-Origin: *\nAccess-Control-Allow-Credentials: true",
        remedy="Name the origin, or leave the credentials out.",
        source="Fetch Standard, 3.2 CORS protocol: https://fetch.spec.whatwg.org/#http-cors-protocol",
    ),
    "L10": Explanation(
        what="The pieces of an answer that takes 2 seconds or more do not come in one burst at its end.",
        why="It is a stream in name only: users wait as if there were none.",
        example="(40 events, all of them after 6.1 of 6.2 seconds)",
        remedy="Find what buffers: a proxy, compression, or a generator that is collected before it is sent.",
        source="Our own measure: nine tenths of the text in the last twentieth of the time",
    ),
    "L11": Explanation(
        what="A client that takes gzip gets the same events, whole, and as they are made. `--deep` looks at it.",
        why="Browsers always ask for compression, tests seldom do: what is held back shows in production only.",
        example="Accept-Encoding: gzip → the whole answer in one burst",
        remedy="Leave event streams out of compression, or flush the compressor after each event.",
        source="RFC 9110, 8.4: https://www.rfc-editor.org/rfc/rfc9110#section-8.4",
    ),
}
