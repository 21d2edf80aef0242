// A stream under the message that it brought: its figures, its timeline, its events, its request and response.

import { block, foreign, h, passage, shown } from "./dom.js";
import { Replay } from "./replay.js";
import { bytes, counted, duration, pretty, visible } from "./text.js";
import { CONTENT, CUT, deadlineOf, eventCount, eventsOf, gapsOf, level, MALFORMED, OUTCOMES, picture } from "./timeline.js";

const EVENTS_AT_ONCE = 300;
const LONG_DATA = 600;

function figures(stream, events) {
  const [kind, word] = OUTCOMES[stream.outcome] ?? ["cancelled", stream.outcome];
  const silent = gapsOf(events, stream)[0];
  const deadline = deadlineOf(stream);
  const moment = (name, at) => (at !== undefined && at !== null ? `${name} ${duration(at)}` : null);
  const parts = [
    stream.status ? `HTTP ${stream.status}` : "no response",
    stream.protocol || null,
    moment("headers", stream.headers),
    moment("first byte", stream.first_byte),
    moment("first content", stream.first_content),
    `${duration(stream.total ?? 0)} in all`,
    counted(eventCount(stream), "event"),
    bytes(stream.size ?? 0),
    silent ? `longest silence ${duration(silent.to - silent.from)}` : null,
    stream.malformed ? `${stream.malformed} unreadable` : null,
    deadline && deadline.at > (stream.total ?? 0) * 1.6 ? `deadline ${duration(deadline.at)}` : null,
  ].filter(Boolean);
  return h("p.stream-figures", null, h(`span.outcome.${kind}`, null, word), parts.map((part) => h("span", null, shown(part))));
}

function eventRow(event, before, findings) {
  const kind = event.flags & MALFORMED ? "malformed" : event.flags & CONTENT ? "content" : "";
  const data = event.data === null ? h("span.event-data.muted", { role: "cell" }, "(not kept in this page)") : passage("span.event-data", event.data + (event.flags & CUT ? "…" : ""), { limit: LONG_DATA });
  data.setAttribute("role", "cell");
  if (event.flags & MALFORMED) data.title = "This could not be read";
  return h(
    `div.event${kind ? `.${kind}` : ""}`,
    { role: "row" },
    h("span.event-at", { role: "cell" }, duration(event.at)),
    h("span.event-gap", { role: "cell" }, `+${duration(Math.max(0, event.at - before))}`),
    h("span.event-kind", { role: "cell" }, shown(event.kind)),
    data,
    findings.map((finding) => h(`span.event-finding.${level(finding)}`, { role: "cell" }, shown(`${finding.rule}: ${finding.message}`))),
  );
}

/** The event log: drawn when it is opened, and as far as it is looked at. */
function eventLog(stream, events) {
  const body = h("div.events", { role: "table", "aria-label": "Events of the stream", tabindex: "0" });
  const rows = new Map();
  const findings = Map.groupBy(stream.findings ?? [], (finding) => finding.event);
  let drawn = 0;
  const draw = (until) => {
    const fresh = [];
    for (; drawn < Math.min(until, events.length); drawn += 1) {
      const row = eventRow(events[drawn], drawn ? events[drawn - 1].at : 0, findings.get(drawn) ?? []);
      rows.set(drawn, row);
      fresh.push(row);
    }
    body.append(...fresh);
    more.hidden = drawn >= events.length;
  };
  const more = h("button.quiet", { type: "button", hidden: true, onclick: () => draw(drawn + EVENTS_AT_ONCE) }, "Show more events");
  const missing = eventCount(stream) - events.length;
  const details = h(
    "details.fold",
    { ontoggle: () => details.open && !drawn && draw(EVENTS_AT_ONCE) },
    h("summary", null, `Events (${events.length.toLocaleString("en-US")}${missing > 0 ? ` of ${eventCount(stream).toLocaleString("en-US")}` : ""})`),
    body,
    more,
  );
  let last = -1;
  return {
    element: events.length ? details : null,
    /** Show how far a replay has come. */
    reach(index) {
      if (!details.open) return;
      draw(index + 1);
      for (const [place, row] of rows) row.classList.toggle("ahead", place > index);
      const row = rows.get(index);
      if (row && index !== last) body.scrollTop = row.offsetTop - body.offsetTop - body.clientHeight + row.offsetHeight;
      last = index;
    },
    rest() {
      for (const row of rows.values()) row.classList.remove("ahead");
    },
  };
}

function headersList(headers) {
  const entries = Object.entries(headers ?? {});
  return entries.length ? h("dl.headers", null, entries.map(([name, value]) => [h("dt", null, shown(name)), h("dd", { dir: "auto" }, shown(value))])) : null;
}

/** What was sent and received: drawn when it is opened, since few of a long conversation's are. */
function wire(stream) {
  const details = h("details.fold", { ontoggle: () => details.childElementCount === 1 && details.append(...wireParts(stream)) }, h("summary", null, "Request and response"));
  return details;
}

function wireParts(stream) {
  return [
    h("p.wire-line", { dir: "auto" }, h("b", null, shown(stream.method || "POST")), " ", shown(stream.url)),
    headersList(stream.sent),
    stream.body ? block(pretty(stream.body)) : null,
    h("p.wire-line", null, h("b", null, stream.status ? `HTTP ${stream.status}` : "No response")),
    headersList(stream.received),
    stream.reason ? h("p.muted", null, "Read as ", shown(stream.protocol), ": ", shown(stream.reason)) : null,
  ].filter(Boolean);
}

/** What the lint says: errors at once, what is less grave folded away. */
function findingsView(findings, events) {
  const at = (finding) => (events[finding.event] ? h("span.muted", null, ` at ${duration(events[finding.event].at)}, event ${finding.event + 1}`) : null);
  const list = (some) => h("ul.findings", null, some.map((finding) => h("li", null, h(`span.rule.${level(finding)}`, null, shown(finding.rule)), " ", foreign(finding.message), at(finding))));
  const errors = findings.filter((finding) => level(finding) === "error");
  const others = findings.filter((finding) => level(finding) !== "error");
  const warnings = others.filter((finding) => level(finding) === "warning").length;
  const words = [warnings ? counted(warnings, "warning") : "", others.length - warnings ? counted(others.length - warnings, "remark") : ""].filter(Boolean).join(", ");
  return [errors.length ? list(errors) : null, others.length ? h("details.fold", null, h("summary", null, `Stream lint: ${words}`), list(others)) : null];
}

/** What was decided while the answer was read; folded away, since most answers leave nothing to decide. */
function readingView(lines) {
  return lines.length ? h("details.fold.reading", null, h("summary", null, "How it was read"), h("ul", null, lines.map((line) => h("li", null, foreign(line))))) : null;
}

// Below the first screens, pictures are drawn when they come near: a long conversation opens as quickly as a short one.
const EAGER = 4;
const coming = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => entry.target.dispatchEvent(new Event("near"))), { rootMargin: "800px" });

/**
 * A stream.
 *
 * @param place how many stand above it.
 * @param said what its error is where the call that it belongs to knows more than the stream.
 */
export function streamView(stream, place = 0, said = "") {
  const events = eventsOf(stream);
  const log = eventLog(stream, events);
  const stage = h("div.replay", { hidden: true });
  const frame = h("div.timeline-frame");
  let drawn = null;
  const draw = () => {
    if (drawn) return drawn;
    coming.unobserve(frame);
    drawn = picture(stream, events);
    frame.append(drawn.svg);
    return drawn;
  };
  if (place < EAGER) draw();
  else {
    frame.addEventListener("near", draw);
    coming.observe(frame);
  }
  const error = said || stream.error;
  const replay = new Replay({ stream, events, draw, log, stage });
  return h(
    "div.stream",
    { role: "group", "aria-label": `Stream, ${visible(OUTCOMES[stream.outcome]?.[1] ?? stream.outcome)}` },
    figures(stream, events),
    frame,
    error ? passage("p.stream-error", error) : null,
    findingsView(stream.findings ?? [], events),
    readingView(stream.reading ?? []),
    h("div.stream-tools", null, events.length ? replay.controls : null),
    stage,
    log.element,
    wire(stream),
  );
}
