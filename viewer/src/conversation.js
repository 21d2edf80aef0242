// A conversation as a chat: what was said, tool calls folded, the stream below each answer, the judge beside it.

import { foreign, h, markedText, sign } from "./dom.js";
import { streamView } from "./timeline.js";
import { duration, oneLine, pretty, visible } from "./text.js";

const SPEAKERS = { user: "User", assistant: "Agent", system: "System", developer: "System", tool: "Tool" };

/** The parts of a conversation, turn by turn. */
export function turnsOf(account) {
  const turns = new Map();
  const turn = (index) => {
    if (!turns.has(index)) turns.set(index, { index, messages: [], streams: [], calls: [] });
    return turns.get(index);
  };
  for (const message of account.messages ?? []) turn(message.turn ?? 0).messages.push(message);
  for (const stream of account.streams ?? []) turn(stream.turn ?? 0).streams.push(stream);
  for (const call of account.calls ?? []) if (call.error || (call.seconds ?? null) === null) turn(call.turn ?? 0).calls.push(call);
  return [...turns.values()].sort((a, b) => a.index - b.index);
}

/** The whole conversation, as sections. */
export function conversation(account, { notes = true, streams = true, prefix = "m" } = {}) {
  const byMessage = new Map();
  for (const [index, criterion] of (account.criteria ?? []).entries()) {
    if (criterion.message === null || criterion.message === undefined) continue;
    if (!byMessage.has(criterion.message)) byMessage.set(criterion.message, []);
    byMessage.get(criterion.message).push({ ...criterion, number: index });
  }
  return turnsOf(account).map((turn) => turnSection(turn, { byMessage: notes ? byMessage : new Map(), streams, prefix, account }));
}

export function turnSection(turn, { byMessage, streams, prefix, account }) {
  const results = new Map(turn.messages.filter((message) => message.answers).map((message) => [message.answers, message]));
  const shown = new Set();
  const items = [];
  const left = [...turn.streams];
  for (const message of turn.messages) {
    if (message.role === "tool" && shown.has(message.answers)) continue;
    for (const tool of message.tools ?? []) if (tool.id && results.has(tool.id)) shown.add(tool.id);
    const last = isLastOfCall(message, turn.messages);
    const own = streams && last ? takeStreams(left, message) : [];
    items.push(messageRow(message, { results, notes: byMessage.get(message.index) ?? [], streams: own, prefix }));
  }
  // Answers that brought no message: calls that failed, and streams that were cut.
  if (streams) for (const stream of left) items.push(row("agent lost", h("div.message", null, h("p.who", null, visible(stream.agent || "Agent")), stream.text ? h("p.text", { dir: "auto" }, visible(stream.text)) : null, streamView(stream, turn.index))));
  for (const call of turn.calls) items.push(callRow(call));
  return h(
    "section.turn",
    { "aria-label": `Turn ${turn.index + 1}`, id: `${prefix}-turn-${turn.index}` },
    h("h3.turn-title", null, `Turn ${turn.index + 1}`),
    items,
  );
}

function isLastOfCall(message, messages) {
  if (message.call === null || message.call === undefined) return false;
  return messages.findLast((other) => other.call === message.call) === message;
}

function takeStreams(left, message) {
  const own = left.filter((stream) => stream.call === message.call);
  for (const stream of own) left.splice(left.indexOf(stream), 1);
  return own;
}

function row(kind, message, notes = []) {
  return h(`div.said.${kind.split(" ").join(".")}`, null, message, notes.length ? h("aside.notes", { "aria-label": "What the judge says of this message" }, notes) : null);
}

function messageRow(message, { results, notes, streams, prefix }) {
  const kind = message.role === "user" ? "user" : message.role === "assistant" ? "agent" : message.role === "tool" ? "tool" : "system";
  const who = message.agent || SPEAKERS[message.role] || message.role || "Message";
  const passages = notes.filter((note) => note.quote).map((note) => ({ quote: note.quote, status: note.status, id: null }));
  const text = message.text
    ? message.role === "tool"
      ? fold("Tool result", message.text, message.name)
      : h("p.text", { dir: "auto" }, markedText(message.text, passages))
    : null;
  const body = h(
    "article.message",
    { id: `${prefix}-${message.index}`, tabindex: "-1" },
    h("p.who", null, foreign(oneLine(who, 80)), h("span.muted", null, scripted(message) || at(message))),
    text,
    (message.tools ?? []).map((tool) => toolUse(tool, results.get(tool.id))),
    !message.text && !(message.tools ?? []).length ? h("p.muted", null, "(says nothing)") : null,
    streams.map((stream) => streamView(stream, message.turn ?? 0)),
  );
  return row(kind, body, notes.map((note) => noteCard(note)));
}

function scripted(message) {
  return (message.call === null || message.call === undefined) && ["user", "assistant"].includes(message.role) ? " · scripted" : "";
}

function at(message) {
  return message.at === null || message.at === undefined ? "" : ` · at ${duration(message.at)}`;
}

function fold(title, text, name) {
  return h("details.fold.tool-fold", null, h("summary", null, name ? `${title}: ${oneLine(name, 60)}` : title, h("span.muted", { dir: "auto" }, ` ${oneLine(text, 90)}`)), h("pre", { dir: "auto", tabindex: "0" }, visible(pretty(text))));
}

function toolUse(tool, result) {
  return h(
    "details.fold.tool-fold",
    null,
    h("summary", null, h("span.tool-name", { dir: "auto" }, `⚙ ${oneLine(tool.name, 60)}`), h("span.muted", { dir: "auto" }, ` ${oneLine(tool.arguments, 80)}`)),
    h("p.label", null, "Arguments"),
    h("pre", { dir: "auto", tabindex: "0" }, visible(pretty(tool.arguments || "(none)"))),
    result ? [h("p.label", null, "Result"), h("pre", { dir: "auto", tabindex: "0" }, visible(pretty(result.text ?? "")))] : h("p.muted", null, "No result was seen."),
  );
}

function noteCard(note) {
  return h(
    `div.note.${note.status}`,
    { id: `note-${note.number}` },
    h("p.note-title", null, sign(note.status), " ", foreign(note.criterion)),
    note.reasoning ? h("p", { dir: "auto" }, visible(note.reasoning)) : null,
    note.quote ? h("p.quote", { dir: "auto" }, `“${visible(note.quote)}”`) : null,
  );
}

function callRow(call) {
  const running = (call.seconds ?? null) === null;
  const who = call.agent || call.role;
  if (call.error && !running)
    return row("lost", h("div.message", null, h("p.who", null, foreign(oneLine(who, 80)), h("span.muted", null, ` · after ${duration(call.seconds)}`)), h("p.stream-error", { dir: "auto" }, visible(call.error))));
  return row(
    call.role === "user" ? "user" : "agent",
    h("div.message.arriving", { "aria-live": "polite" }, h("p.who", null, foreign(oneLine(who, 80)), h("span.muted", null, call.role === "judge" ? " · is judging" : " · is answering")), h("p.text", { dir: "auto" }, visible(call.partial ?? ""), h("span.caret", { "aria-hidden": "true" }))),
  );
}
