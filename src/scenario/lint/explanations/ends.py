"""L53 to L63: conversations, how an answer ends, cookies, and what the answer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scenario.lint.explanations.explanation import EVENT_STREAMS, Explanation

ENDS: Final[Mapping[str, Explanation]] = {
    "L53": Explanation(
        what="The second turn of a conversation knows the first, and its ids stay. `--deep` looks at it.",
        why="An id that is not read makes each turn the first one: the agent forgets its user.",
        example="“Remember plum.” “OK.” “Which word?” “I do not know any.”",
        remedy="See that the conversation's id is read, and that what is said is kept under it.",
        source="Our own experiment: a word is told in one turn and asked for in the next",
    ),
    "L54": Explanation(
        what="An answer to an interrupt that nobody waits for is refused. `--deep` looks at it.",
        why="An approval that names any id approves what another one asked for.",
        example='{"approve": true, "interrupt_id": "made-up"}  →  the run goes on',
        remedy="Refuse an answer whose id is not that of a waiting interrupt.",
        source="Our own experiment: an answer with a made-up id",
    ),
    "L55": Explanation(
        what="The server stops when its client has gone. It cannot be seen from outside: `--deep` says so.",
        why="A model that goes on for nobody costs money, and tools that go on do things.",
        example="(the client closes the connection; the log shows tokens for another minute)",
        remedy="Watch for the disconnection, and cancel the run.",
        source="Our own experience; https://www.starlette.io/requests/",
    ),
    "L56": Explanation(
        what="A reconnection with Last-Event-ID goes on after that id. `--deep` looks at it.",
        why="A client that reconnects, as every EventSource does by itself, gets the text twice.",
        example="Last-Event-ID: 4  →  id: 1, id: 2, …",
        remedy="Send only what comes after the id that the client names.",
        source=EVENT_STREAMS,
    ),
    "L57": Explanation(
        what="Nothing of one conversation is seen in another, and two have ids of their own. `--deep` looks at it.",
        why="One user reads what another one has said.",
        example="(a word that was told in one conversation is known in another)",
        remedy="Keep what is remembered under the conversation's id, and nowhere else.",
        source="Our own experiment: two conversations at once, each with a word of its own",
    ),
    "L58": Explanation(
        what="The answer says that it is over. Where only its body ends, this is told, and is no fault.",
        why="Many proxies end a body properly that was cut on its way to them: no client can tell it from a whole one.",
        example='data: {"content": "It is 18."}\n\n(the body ends)',
        remedy="End the stream with an event that says so, such as `data: [DONE]`, and say RemoteAgent(done=True).",
        source="docs/whole-answers.md: what proxies were measured to do",
    ),
    "L59": Explanation(
        what="The reason for which the model stopped is a good one. A limit, a filter or a failure is an error; one "
        "that nobody knows is a warning. What the test has declared that a reason means goes before all of this.",
        why="An answer that stops at a limit is half an answer, however well its stream ends.",
        example='"finish_reason": "length"',
        remedy="Raise the limit, or say what a reason means here: RemoteAgent(finish_reasons={…}).",
        source="https://platform.openai.com/docs/api-reference/chat/object; "
        "https://docs.anthropic.com/en/api/handling-stop-reasons",
    ),
    "L60": Explanation(
        what="No step failed, and no run was begun anew, on the way to an answer that came all the same.",
        why="Users wait longer, tokens are paid twice, and the next time nothing may come after the error.",
        example='event: step_error\ndata: {"message": "worker lost"}\n\n(and the answer)',
        remedy="See the log of the agent.",
        source="Our own experience with agents and models",
    ),
    "L61": Explanation(
        what="The answer is no error: none that the agent reports in its stream, and none in what was told twice and "
        "not alike. How an error is sent is judged by L01, L40 and L41.",
        why="An error may be sent in the best order; the user has no answer all the same.",
        example='data: {"content": "It"}\n\ndata: {"error": {"message": "out of quota"}}\n\ndata: [DONE]\n\n',
        remedy="See the agent's own log. `checks.stream_conforms` leaves this rule to `checks.outcome`.",
        source="docs/whole-answers.md",
    ),
    "L62": Explanation(
        what="A cookie that a response sets goes back with the conversation's next request.",
        why="An agent that knows a conversation by its cookie begins anew with each turn.",
        example="Set-Cookie: session=7f3a; Path=/; HttpOnly",
        remedy='Say RemoteAgent(url, cookies="conversation"); those of load balancers may be dropped.',
        source="RFC 6265, 5.4",
    ),
    "L63": Explanation(
        what="The texts of an answer come in one kind of event, or the names of the others say what they are.",
        why="Where several kinds bring different texts, nobody can tell which of them the user sees: all were joined.",
        example='data: {"type": "note", "text": "Looking."}\n\ndata: {"type": "greeting", "text": "Hello."}',
        remedy='Name the pieces "token" or "delta"; or say where the text is: RemoteAgent(reply="…").',
        source="Scenario: docs/only-the-answer.md",
    ),
}
