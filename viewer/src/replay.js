// A stream played again at the speed at which it came: its events on the timeline, and the text as it grew.

import { h, replaceChildren, s, shown } from "./dom.js";
import { cutAt, duration } from "./text.js";

const SPEEDS = [0.25, 1, 4, 16];
const CONTENT_FLAG = 1;

function* strings(value, depth = 0) {
  if (depth > 12) return;
  if (typeof value === "string") yield value;
  else if (value && typeof value === "object") for (const inner of Object.values(value)) yield* strings(inner, depth + 1);
}

/**
 * How much of the text each event had brought by its end. Dialects differ in where they put a piece of text, so the
 * longest string of an event that goes on where the text had stopped is taken for it. Of events whose data is not in the
 * page, those with content share what is left.
 */
export function growth(text, events) {
  let reached = 0;
  const blind = events.filter((event) => event.data === null && event.flags & CONTENT_FLAG).length;
  let share = 0;
  return events.map((event) => {
    if (event.data === null) {
      share ||= (text.length - reached) / (blind || 1);
      if (event.flags & CONTENT_FLAG) reached += share;
      return cutAt(text, Math.round(reached));
    }
    let longest = "";
    let data = event.data;
    try {
      data = JSON.parse(event.data);
    } catch {
      // it is plain text, and is looked at as such
    }
    for (const piece of strings(data)) {
      if (piece.length > longest.length && text.startsWith(piece, reached)) longest = piece;
    }
    reached += longest.length;
    return reached;
  });
}

export class Replay {
  constructor({ stream, events, draw, log, stage }) {
    Object.assign(this, { stream, events, draw, log, stage });
    this._end = Math.max(stream.total ?? 0, events.at(-1)?.at ?? 0);
    this._button = h("button.quiet", { type: "button", onclick: () => (this._running ? this.pause() : this.play()) }, "▶ Replay");
    this._speed = h(
      "select",
      { "aria-label": "Speed of the replay", onchange: () => this._rebase() },
      SPEEDS.map((speed) => h("option", { value: speed, selected: speed === 1 }, speed === 1 ? "recorded speed" : speed < 1 ? `slower ×${speed}` : `faster ×${speed}`)),
    );
    this._seek = h("input.seek", { type: "range", min: 0, max: this._end, step: this._end / 1000 || 1, value: 0, hidden: true, "aria-label": "Place in the stream", oninput: () => this.seek(Number(this._seek.value)) });
    this._close = h("button.quiet", { type: "button", hidden: true, "aria-label": "End the replay", onclick: () => this.close() }, "✕ End");
    this.controls = h("div.replay-controls", null, this._button, this._speed, this._seek, this._close);
  }

  /** Show the stage, at the stream's beginning. */
  _open() {
    if (!this.stage.hidden) return;
    this._grown ??= growth(this.stream.text ?? "", this.events);
    this._line ??= s("line", { class: "tl-playhead", y1: 12, y2: 58 });
    const { svg, x } = this.draw();
    Object.assign(this, { svg, x });
    svg.append(this._line);
    this._text = h("p.replay-text", { dir: "auto", tabindex: "0", role: "group", "aria-label": "What had come by then" });
    this._clock = h("span.replay-clock");
    replaceChildren(this.stage, this._clock, this._text);
    for (const part of [this.stage, this._seek, this._close]) part.hidden = false;
    this._at = 0;
  }

  play() {
    this._open();
    if (this._at >= this._end) this._at = 0;
    this._running = true;
    this._button.replaceChildren("❚❚ Pause");
    this._rebase();
    this._step();
  }

  pause() {
    this._running = false;
    this._button.replaceChildren(this._at >= this._end ? "▶ Replay again" : "▶ Go on");
  }

  /** Go to a place, in seconds since the call began; a replay that runs goes on from there. */
  seek(at) {
    this._at = at;
    this._rebase();
    this._show();
    if (!this._running) this.pause();
  }

  close() {
    this._running = false;
    this._index = undefined;
    this._line.remove();
    this.log.rest();
    for (const part of [this.stage, this._seek, this._close]) part.hidden = true;
    this._button.replaceChildren("▶ Replay");
    this._button.focus({ preventScroll: true });
  }

  _rebase() {
    this._factor = Number(this._speed.value);
    this._base = performance.now() - ((this._at ?? 0) * 1000) / this._factor;
  }

  _step() {
    if (!this._running || !this.svg.isConnected) return;
    this._at = Math.min(this._end, ((performance.now() - this._base) / 1000) * this._factor);
    this._show();
    if (this._at >= this._end) this.pause();
    else requestAnimationFrame(() => this._step());
  }

  _show() {
    const at = this._at;
    for (const name of ["x1", "x2"]) this._line.setAttribute(name, this.x(at));
    const later = this.events.findIndex((event) => event.at > at);
    const index = (later < 0 ? this.events.length : later) - 1;
    const words = `${duration(at)} of ${duration(this._end)} · event ${index + 1} of ${this.events.length}`;
    this._clock.textContent = words;
    this._seek.value = at;
    this._seek.setAttribute("aria-valuetext", words);
    if (index === this._index) return;
    this._index = index;
    const text = this.stream.text ?? "";
    // What came is whole with the last event, also where no event could be told to have brought a piece.
    const length = index < 0 ? 0 : index === this.events.length - 1 ? text.length : this._grown[index];
    replaceChildren(this._text, shown(text.slice(0, length)));
    this._text.scrollTop = this._text.scrollHeight;
    this.log.reach(index);
  }
}
