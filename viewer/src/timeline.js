// The timeline of a stream: when its head, its first byte and every event came, its silences, its deadline.

import { h, s } from "./dom.js";
import { bytes, counted, duration, oneLine, pretty, visible } from "./text.js";
import { Replay } from "./replay.js";

const CONTENT = 1;
const MALFORMED = 2;
const CUT = 4;
const BINS = 600; // more marks than that nobody tells apart
const EVENTS_AT_ONCE = 300;
const FINE = "complete";

const OUTCOMES = {
  complete: ["passed", "complete"],
  truncated: ["failed", "cut short"],
  error: ["failed", "error"],
  stalled: ["failed", "stalled"],
  timed_out: ["failed", "timed out"],
  aborted: ["cancelled", "aborted"],
};

/** [at, kind, data, flags] as an object. */
export function eventsOf(stream) {
  return (stream.events ?? []).map(([at, kind, data, flags], index) => ({ at, kind: kind ?? "message", data: data ?? "", flags: flags ?? 0, index }));
}

/** Silences that stand out: between content events, and before the end where it did not come. */
export function gapsOf(events, stream) {
  const times = events.map((event) => event.at);
  if (stream.outcome !== FINE && stream.total) times.push(stream.total);
  const gaps = [];
  for (let index = 1; index < times.length; index += 1) gaps.push({ from: times[index - 1], to: times[index] });
  const lengths = gaps.map((gap) => gap.to - gap.from).sort((a, b) => a - b);
  const median = lengths.length ? lengths[Math.floor(lengths.length / 2)] : 0;
  const floor = Math.max(3 * median, 0.08 * (stream.total ?? 0), 0.02);
  return gaps.filter((gap) => gap.to - gap.from >= floor).sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, 3);
}

/** The deadline that matters, in seconds since the call began, and its name. */
export function deadlineOf(stream) {
  const limits = stream.deadlines ?? {};
  const lastByte = stream.last_byte ?? stream.headers ?? 0;
  if (stream.outcome === "stalled" && limits.idle !== undefined && stream.first_byte !== undefined && stream.first_byte !== null)
    return { at: lastByte + limits.idle, name: `idle deadline, ${duration(limits.idle)}` };
  if (stream.outcome === "stalled" && limits.first_byte !== undefined) return { at: limits.first_byte, name: `first-byte deadline, ${duration(limits.first_byte)}` };
  if (limits.total !== undefined) return { at: limits.total, name: `deadline, ${duration(limits.total)}` };
  return null;
}

function niceStep(span) {
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

function summaryOf(stream) {
  const [, word] = OUTCOMES[stream.outcome] ?? ["", stream.outcome];
  return `Stream ${word} after ${duration(stream.total ?? 0)}: headers ${duration(stream.headers)}, first byte ${duration(stream.first_byte)}, first content ${duration(stream.first_content)}, ${counted((stream.events ?? []).length, "event")}`;
}

/** The picture. Its horizontal measures are shares of its width, so that it fits any page without being drawn again. */
function picture(stream, events) {
  const deadline = deadlineOf(stream);
  const total = Math.max(stream.total ?? 0, events.at(-1)?.at ?? 0, 0.000001);
  const shownDeadline = deadline && deadline.at <= total * 1.6;
  const span = (shownDeadline ? Math.max(total, deadline.at) : total) * 1.02;
  const x = (at) => `${((100 * at) / span).toFixed(3)}%`;
  const width = (from, to) => `${Math.max(0, (100 * (to - from)) / span).toFixed(3)}%`;
  const svg = s("svg", { class: "timeline", role: "img", "aria-label": summaryOf(stream), height: 74, width: "100%" });
  const add = (tag, properties, ...children) => svg.append(s(tag, properties, ...children));

  const headers = stream.headers ?? total;
  const firstByte = stream.first_byte ?? total;
  const firstContent = stream.first_content ?? firstByte;
  const lastByte = stream.last_byte ?? total;
  const band = { y: 22, height: 26 };
  add("rect", { class: "tl-wait", x: 0, width: width(0, headers), ...band }, s("title", null, `Waiting for the headers: ${duration(headers)}`));
  add("rect", { class: "tl-head", x: x(headers), width: width(headers, firstContent), ...band }, s("title", null, `Headers to first content: ${duration(firstContent - headers)}`));
  add("rect", { class: "tl-body", x: x(firstContent), width: width(firstContent, lastByte), ...band }, s("title", null, `Content: ${duration(lastByte - firstContent)}`));
  for (const gap of gapsOf(events, stream)) {
    const length = duration(gap.to - gap.from);
    add("rect", { class: "tl-gap", x: x(gap.from), width: width(gap.from, gap.to), ...band }, s("title", null, `Silence of ${length}`));
    if ((gap.to - gap.from) / span > 0.09) add("text", { class: "tl-gap-text", x: x((gap.from + gap.to) / 2), y: 39, "text-anchor": "middle" }, length);
  }
  for (const { event, at } of binned(events, span)) {
    const kind = event.flags & MALFORMED ? "tl-malformed" : event.flags & CONTENT ? "tl-content" : "tl-event";
    const [y1, y2] = event.flags & CONTENT ? [24, 46] : event.flags & MALFORMED ? [20, 50] : [30, 40];
    add("line", { class: kind, x1: x(at), x2: x(at), y1, y2 }, s("title", null, `${duration(at)} · ${visible(event.kind)}`));
  }
  marks(add, x, stream);
  for (const finding of stream.findings ?? []) {
    const at = events[finding.event]?.at;
    if (at === undefined) continue; // it is about the stream as a whole
    add("text", { class: `tl-finding ${level(finding)}`, x: x(at), y: 62, "text-anchor": "middle" }, "▲", s("title", null, `${visible(finding.rule)}: ${visible(finding.message)}`));
  }
  if (shownDeadline) {
    add("line", { class: "tl-deadline", x1: x(deadline.at), x2: x(deadline.at), y1: 14, y2: 56 });
    add("text", { class: "tl-label tl-deadline-text", x: x(deadline.at), y: 11, "text-anchor": "end" }, deadline.name);
  }
  const step = niceStep(span);
  add("line", { class: "tl-axis", x1: 0, x2: "100%", y1: 56, y2: 56 });
  for (let at = 0; at <= span * 0.97; at += step)
    add("text", { class: "tl-tick", x: x(at), y: 70, "text-anchor": at === 0 ? "start" : "middle" }, at === 0 ? "0" : duration(at));
  const [kind] = OUTCOMES[stream.outcome] ?? ["cancelled"];
  add("circle", { class: `tl-end ${kind}`, cx: x(total), cy: 35, r: 4 }, s("title", null, summaryOf(stream)));
  return { svg, span, x };
}

function level(finding) {
  return ["error", "warning", "info"].includes(finding.level ?? "warning") ? (finding.level ?? "warning") : "warning";
}

/** One event for each place of the picture: the one that matters most. */
function binned(events, span) {
  if (events.length <= BINS) return events.map((event) => ({ event, at: event.at }));
  const bins = new Map();
  for (const event of events) {
    const place = Math.floor((BINS * event.at) / span);
    const told = bins.get(place);
    const weight = (event.flags & MALFORMED ? 4 : 0) + (event.flags & CONTENT ? 1 : 0);
    if (!told || weight > told.weight) bins.set(place, { event, at: event.at, weight });
  }
  return [...bins.values()];
}

function marks(add, x, stream) {
  const named = [
    ["headers", stream.headers],
    ["first byte", stream.first_byte],
    ["first content", stream.first_content],
  ];
  const known = named.filter(([, at]) => at !== null && at !== undefined);
  for (const [name, at] of known) add("line", { class: "tl-mark", x1: x(at), x2: x(at), y1: 16, y2: 50 }, s("title", null, `${name}: ${duration(at)}`));
  const last = known.at(-1);
  if (!last) return;
  const share = last[1] / (stream.total || 1);
  add("text", { class: "tl-label", x: x(last[1]), y: 11, "text-anchor": share > 0.75 ? "end" : share < 0.12 ? "start" : "middle" }, `${last[0]} ${duration(last[1])}`);
}

function figures(stream) {
  const [kind, word] = OUTCOMES[stream.outcome] ?? ["cancelled", stream.outcome];
  const silent = gapsOf(eventsOf(stream), stream)[0];
  const deadline = deadlineOf(stream);
  const parts = [
    stream.status ? `HTTP ${stream.status}` : "no response",
    visible(stream.protocol || ""),
    stream.first_content !== undefined && stream.first_content !== null ? `TTFT ${duration(stream.first_content)}` : null,
    `${duration(stream.total ?? 0)} in all`,
    counted((stream.events ?? []).length + (stream.left_out ?? 0), "event"),
    bytes(stream.size ?? 0),
    silent ? `longest silence ${duration(silent.to - silent.from)}` : null,
    stream.malformed ? `${stream.malformed} unreadable` : null,
    deadline && deadline.at > (stream.total ?? 0) * 1.6 ? `deadline ${duration(deadline.at)}` : null,
  ].filter(Boolean);
  return h("p.stream-figures", null, h(`span.outcome.${kind}`, null, word), parts.map((part) => h("span", null, part)));
}

/** The event log: drawn when it is opened, and as far as it is looked at. */
function eventLog(stream, events) {
  const body = h("div.events", { role: "table", "aria-label": "Events of the stream", tabindex: "0" });
  const rows = new Map();
  let drawn = 0;
  const draw = (until) => {
    for (; drawn < Math.min(until, events.length); drawn += 1) {
      const event = events[drawn];
      const gap = drawn ? event.at - events[drawn - 1].at : event.at;
      const kind = event.flags & MALFORMED ? "malformed" : event.flags & CONTENT ? "content" : "";
      const findings = (stream.findings ?? []).filter((finding) => finding.event === event.index);
      const row = h(
        `div.event${kind ? `.${kind}` : ""}`,
        { role: "row" },
        h("span.event-at", { role: "cell" }, duration(event.at)),
        h("span.event-gap", { role: "cell" }, `+${duration(Math.max(0, gap))}`),
        h("span.event-kind", { role: "cell" }, visible(event.kind)),
        h("span.event-data", { role: "cell", dir: "auto", title: event.flags & MALFORMED ? "This could not be read" : null }, visible(event.data) + (event.flags & CUT ? "…" : "")),
        findings.map((finding) => h(`span.event-finding.${level(finding)}`, { role: "cell" }, `${visible(finding.rule)}: ${visible(finding.message)}`)),
      );
      rows.set(drawn, row);
      body.insertBefore(row, more.isConnected ? more : null);
    }
    more.hidden = drawn >= events.length;
    if (!more.hidden) body.append(more);
  };
  const more = h("button.quiet", { type: "button", onclick: () => draw(drawn + EVENTS_AT_ONCE) }, "Show more events");
  const details = h(
    "details.fold",
    { ontoggle: () => details.open && !drawn && draw(EVENTS_AT_ONCE) },
    h("summary", null, `Events (${events.length}${stream.left_out ? ` of ${events.length + stream.left_out}` : ""})`),
    body,
  );
  return {
    element: events.length ? details : null,
    /** Show how far a replay has come. */
    reach(index) {
      if (!details.open) return;
      draw(index + 1);
      for (const [place, row] of rows) row.classList.toggle("ahead", place > index);
      const row = rows.get(index);
      if (row) body.scrollTop = row.offsetTop - body.offsetTop - body.clientHeight + row.offsetHeight;
    },
    rest() {
      for (const row of rows.values()) row.classList.remove("ahead");
    },
  };
}

function headersList(headers) {
  const entries = Object.entries(headers ?? {});
  return entries.length ? h("dl.headers", null, entries.map(([name, value]) => [h("dt", null, visible(name)), h("dd", { dir: "auto" }, visible(value))])) : null;
}

function wire(stream) {
  return h(
    "details.fold",
    null,
    h("summary", null, "Request and response"),
    h("p.wire-line", { dir: "auto" }, h("b", null, visible(stream.method || "POST")), " ", visible(stream.url)),
    headersList(stream.sent),
    stream.body ? h("pre", { dir: "auto", tabindex: "0" }, visible(pretty(stream.body))) : null,
    h("p.wire-line", null, h("b", null, stream.status ? `HTTP ${stream.status}` : "No response")),
    headersList(stream.received),
    stream.reason ? h("p.muted", null, `Read as ${visible(stream.protocol)}: ${visible(stream.reason)}`) : null,
  );
}

/** What the lint says: errors at once, what is less grave folded away. */
function findingsView(findings) {
  const list = (some) => h("ul.findings", null, some.map((finding) => h("li", null, h(`span.rule.${level(finding)}`, null, visible(finding.rule)), " ", visible(finding.message))));
  const errors = findings.filter((finding) => level(finding) === "error");
  const others = findings.filter((finding) => level(finding) !== "error");
  const warnings = others.filter((finding) => level(finding) === "warning").length;
  const words = [warnings ? counted(warnings, "warning") : "", others.length - warnings ? counted(others.length - warnings, "remark") : ""].filter(Boolean).join(", ");
  return [errors.length ? list(errors) : null, others.length ? h("details.fold", null, h("summary", null, `Stream lint: ${words}`), list(others)) : null];
}

// Below the first screens, pictures are drawn when they come near: a long conversation opens as quickly as a short one.
const EAGER = 4;
const coming = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => entry.target.dispatchEvent(new Event("near"))), { rootMargin: "800px" });

/** A stream under the message that it brought; `place` says how many stand above it. */
export function streamView(stream, place = 0) {
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
  const replay = new Replay({ stream, events, draw, log, stage });
  return h(
    "section.stream",
    { "aria-label": "Stream" },
    figures(stream),
    frame,
    stream.error ? h("p.stream-error", { dir: "auto" }, visible(stream.error)) : null,
    findingsView(stream.findings ?? []),
    stage,
    h("div.stream-tools", null, events.length ? replay.controls : null),
    log.element,
    wire(stream),
  );
}
