// A conversation as a chat: what was said, tool calls folded, the stream below each answer, the judge beside it.

import { block, copyButton, foreign, h, needs, passage, shown, sign } from "./dom.js";
import { streamView } from "./stream.js";
import { duration, folded, pretty, visible } from "./text.js";

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

/** What the judge says of each message. */
export function notesOf(account) {
  const byMessage = new Map();
  for (const [index, criterion] of (account.criteria ?? []).entries()) {
    if (criterion.message === null || criterion.message === undefined) continue;
    if (!byMessage.has(criterion.message)) byMessage.set(criterion.message, []);
    byMessage.get(criterion.message).push({ ...criterion, number: index });
  }
  return byMessage;
}

/**
 * One turn, as a section.
 *
 * @param byMessage the judge's notes.
 * @param prefix what the ids of its elements begin with.
 * @param side which of two runs it belongs to, where two stand side by side.
 * @param words what was searched for.
 */
export function turnSection(turn, { byMessage, prefix, account, side = "", words = [] }) {
  const results = new Map(turn.messages.filter((message) => message.answers).map((message) => [message.answers, message]));
  const told = new Set();
  const items = [];
  const left = [...turn.streams];
  const address = `#/run/${encodeURIComponent(account.row.id)}`;
  for (const message of turn.messages) {
    if (message.role === "tool" && told.has(message.answers)) continue;
    for (const tool of message.tools ?? []) if (tool.id && results.has(tool.id)) told.add(tool.id);
    const own = isLastOfCall(message, turn.messages) ? takeStreams(left, message) : [];
    items.push(messageRow(message, { results, notes: byMessage.get(message.index) ?? [], streams: own, prefix, address, words }));
  }
  // Answers that brought no message: calls that failed, and streams that were cut.
  const calls = new Map(turn.calls.map((call) => [call.call, call]));
  for (const stream of left) {
    const call = left.findLast((other) => other.call === stream.call) === stream ? calls.get(stream.call) : null;
    if (call?.error) calls.delete(call.call); // the stream tells of it
    items.push(lostRow(stream, call, account));
  }
  for (const call of calls.values()) items.push(callRow(call));
  return h(
    "section.turn",
    { "aria-label": `${side}Turn ${turn.index + 1}`, id: `${prefix}-turn-${turn.index}`, tabindex: "-1" },
    h("h3.turn-title", null, h("a", { href: `${address}/turn/${turn.index + 1}`, title: "Link to this turn" }, `Turn ${turn.index + 1}`)),
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

function messageRow(message, { results, notes, streams, prefix, address, words }) {
  const kind = message.role === "user" ? "user" : message.role === "assistant" ? "agent" : message.role === "tool" ? "tool" : "system";
  const who = message.agent || SPEAKERS[message.role] || message.role || "Message";
  const text = message.text ? (message.role === "tool" ? fold("Tool result", message.text, message.name) : passage("p.text", message.text, { quotes: notes.filter((note) => note.quote), words })) : null;
  const tools = h("span.message-tools", null, message.text ? copyButton(visible(message.text)) : null, h("a.anchor", { href: `${address}/message/${message.index + 1}`, "aria-label": `Link to message ${message.index + 1}`, title: "Link to this message" }, `#${message.index + 1}`));
  const body = h(
    "article.message",
    { id: `${prefix}-${message.index}`, tabindex: "-1" },
    h("p.who", null, foreign(folded(who, 80)), h("span.muted", null, scripted(message) || at(message)), tools),
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
  return h("details.fold.tool-fold", null, h("summary", null, name ? [`${title}: `, shown(folded(name, 60))] : title, h("span.muted", { dir: "auto" }, " ", shown(folded(text, 90)))), block(pretty(text)));
}

function toolUse(tool, result) {
  return h(
    "details.fold.tool-fold",
    null,
    h("summary", null, h("span.tool-name", { dir: "auto" }, "⚙ ", shown(folded(tool.name, 60))), h("span.muted", { dir: "auto" }, " ", shown(folded(tool.arguments, 80)))),
    h("p.label", null, "Arguments"),
    block(pretty(tool.arguments || "(none)")),
    result ? [h("p.label", null, "Result"), block(pretty(result.text ?? ""))] : h("p.muted", null, "No result was seen."),
  );
}

function noteCard(note) {
  return h(
    `div.note.${note.status}`,
    { id: `note-${note.number}` },
    h("p.note-title", null, sign(note.status), " ", foreign(note.criterion)),
    needs(note),
    note.reasoning ? passage("p", note.reasoning) : null,
    note.quote ? h("p.quote", { dir: "auto" }, "“", shown(note.quote), "”") : null,
  );
}

/** A stream that brought no message; what its call says of it, where the page's head has not said it already. */
function lostRow(stream, call, account) {
  const news = call?.error && call.error !== account.row.error ? call.error : "";
  const after = call && (call.seconds ?? null) !== null ? h("span.muted", null, ` · after ${duration(call.seconds)}`) : null;
  const body = h("div.message", null, h("p.who", null, foreign(folded(stream.agent || "Agent", 80)), after), stream.text ? passage("p.text", stream.text) : null, streamView(stream, stream.turn ?? 0, news));
  return row(stream.outcome === "complete" && !call?.error ? "agent" : "agent lost", body);
}

function callRow(call) {
  const running = (call.seconds ?? null) === null;
  const who = foreign(folded(call.agent || call.role, 80));
  if (call.error && !running) return row("lost", h("div.message", null, h("p.who", null, who, h("span.muted", null, ` · after ${duration(call.seconds)}`)), passage("p.stream-error", call.error)));
  return row(
    call.role === "user" ? "user" : "agent",
    h("div.message.arriving", { "aria-live": "polite" }, h("p.who", null, who, h("span.muted", null, call.role === "judge" ? " · is judging" : " · is answering")), h("p.text", { dir: "auto" }, shown(call.partial ?? ""), h("span.caret", { "aria-hidden": "true" }))),
  );
}
