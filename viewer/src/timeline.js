// The timeline of a stream: when its head, its first byte and every event came, its silences, its deadline.

import { s } from "./dom.js";
import { counted, duration, visible } from "./text.js";

export const CONTENT = 1;
export const MALFORMED = 2;
export const CUT = 4;
const BINS = 400; // more marks than that nobody tells apart
const FINE = "complete";

// Shapes, so that colour alone says nothing.
const MARK_OF = { error: "▲", warning: "△", info: "▵" };

export const OUTCOMES = {
  complete: ["passed", "complete"],
  truncated: ["failed", "cut short"],
  error: ["failed", "error"],
  stalled: ["failed", "stalled"],
  timed_out: ["failed", "timed out"],
  aborted: ["cancelled", "aborted"],
};

/** [at, kind, data, flags] as an object; of the last ones of very many, only when they came is known. */
export function eventsOf(stream) {
  const listed = (stream.events ?? []).map(([at, kind, data, flags]) => ({ at, kind: kind ?? "message", data: data ?? "", flags: flags ?? 0 }));
  const later = (stream.later ?? []).map(([at, flags]) => ({ at, kind: "event", data: null, flags }));
  return [...listed, ...later].map((event, index) => ({ ...event, index }));
}

/** How many events came, listed or not. */
export function eventCount(stream) {
  return (stream.events ?? []).length + (stream.left_out ?? 0);
}

/** Silences that stand out: between content events, and before the end where it did not come. */
export function gapsOf(events, stream) {
  const times = events.map((event) => event.at);
  const whole = eventCount(stream) <= events.length;
  if (stream.outcome !== FINE && stream.total && whole) times.push(stream.total);
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
  return `Stream ${word} after ${duration(stream.total ?? 0)}: headers ${duration(stream.headers)}, first byte ${duration(stream.first_byte)}, first content ${duration(stream.first_content)}, ${counted(eventCount(stream), "event")}`;
}

/** The picture. Its horizontal measures are shares of its width, so that it fits any page without being drawn again. */
export function picture(stream, events) {
  const deadline = deadlineOf(stream);
  const total = Math.max(stream.total ?? 0, events.at(-1)?.at ?? 0, 0.0001);
  const shownDeadline = deadline && deadline.at <= total * 1.6;
  const span = (shownDeadline ? Math.max(total, deadline.at) : total) * 1.02;
  const x = (at) => `${((100 * at) / span).toFixed(3)}%`;
  const width = (from, to) => `${Math.max(0, (100 * (to - from)) / span).toFixed(3)}%`;
  const findings = (stream.findings ?? []).filter((finding) => events[finding.event]); // the others are about the stream as a whole
  const foot = findings.length ? 66 : 56;
  const svg = s("svg", { class: "timeline", role: "img", "aria-label": summaryOf(stream), height: foot + 18, width: "100%" });
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
  for (const { event, at, density } of binned(events, span)) {
    const kind = event.flags & MALFORMED ? "tl-malformed" : event.flags & CONTENT ? "tl-content" : "tl-event";
    const [y1, y2] = event.flags & CONTENT ? [24, 46] : event.flags & MALFORMED ? [20, 50] : [30, 40];
    add("line", { class: kind, x1: x(at), x2: x(at), y1, y2, "stroke-opacity": density < 1 ? density.toFixed(2) : null }, s("title", null, `${duration(at)} · ${visible(event.kind)}`));
  }
  marks(add, x, stream);
  for (const finding of findings) {
    add("text", { class: `tl-finding ${level(finding)}`, x: x(events[finding.event].at), y: 62, "text-anchor": "middle" }, MARK_OF[level(finding)], s("title", null, `${visible(finding.rule)}: ${visible(finding.message)}`));
  }
  if (shownDeadline) {
    add("line", { class: "tl-deadline", x1: x(deadline.at), x2: x(deadline.at), y1: 14, y2: foot });
    add("text", { class: "tl-label tl-deadline-text", x: x(deadline.at), y: 11, "text-anchor": "end" }, deadline.name);
  }
  const step = niceStep(span);
  add("line", { class: "tl-axis", x1: 0, x2: "100%", y1: foot, y2: foot });
  for (let at = 0; at <= span * 0.97; at += step)
    add("text", { class: "tl-tick", x: x(at), y: foot + 14, "text-anchor": at === 0 ? "start" : "middle" }, at === 0 ? "0" : duration(at));
  const [kind] = OUTCOMES[stream.outcome] ?? ["cancelled"];
  add("circle", { class: `tl-end ${kind}`, cx: x(total), cy: 35, r: 4 }, s("title", null, summaryOf(stream)));
  return { svg, span, x };
}

export function level(finding) {
  return ["error", "warning", "info"].includes(finding.level ?? "warning") ? (finding.level ?? "warning") : "warning";
}

/** One event for each place of the picture: the one that matters most, the fainter the fewer came there. */
function binned(events, span) {
  if (events.length <= BINS) return events.map((event) => ({ event, at: event.at, density: 1 }));
  const bins = new Map();
  for (const event of events) {
    const place = Math.floor((BINS * event.at) / span);
    const told = bins.get(place) ?? { event: null, at: event.at, weight: -1, count: 0 };
    const weight = (event.flags & MALFORMED ? 4 : 0) + (event.flags & CONTENT ? 1 : 0);
    if (weight > told.weight) Object.assign(told, { event, at: event.at, weight });
    told.count += 1;
    bins.set(place, told);
  }
  const most = Math.max(...[...bins.values()].map((bin) => bin.count));
  return [...bins.values()].map((bin) => ({ ...bin, density: bin.weight > 3 ? 1 : 0.3 + (0.7 * bin.count) / most }));
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
