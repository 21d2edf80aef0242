// A stream played again at the speed at which it came: its events on the timeline, and the text as it grew.

import { h, replaceChildren, s } from "./dom.js";
import { duration, visible } from "./text.js";

const SPEEDS = [0.25, 1, 4, 16];

function* strings(value, depth = 0) {
  if (depth > 12) return;
  if (typeof value === "string") yield value;
  else if (value && typeof value === "object") for (const inner of Object.values(value)) yield* strings(inner, depth + 1);
}

/**
 * How much of the text each event had brought by its end. Dialects differ in where they put a piece of text, so the
 * longest string of an event that goes on where the text had stopped is taken for it.
 */
export function growth(text, events) {
  let reached = 0;
  return events.map((event) => {
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
    this._button = h("button.quiet", { type: "button", onclick: () => (this._running ? this.stop() : this.start()) }, "▶ Replay");
    this._speed = h(
      "select",
      { "aria-label": "Speed of the replay" },
      SPEEDS.map((speed) => h("option", { value: speed, selected: speed === 1 }, speed === 1 ? "recorded speed" : speed < 1 ? `slower ×${speed}` : `faster ×${speed}`)),
    );
    this._speed.addEventListener("change", () => {
      if (this._running) this._rebase();
    });
    this.controls = h("div.replay-controls", null, this._button, this._speed);
  }

  start() {
    this._grown ??= growth(this.stream.text ?? "", this.events);
    this._line ??= s("line", { class: "tl-playhead", y1: 12, y2: 58 });
    const { svg, x } = this.draw();
    Object.assign(this, { svg, x });
    svg.append(this._line);
    this._text = h("p.replay-text", { dir: "auto" });
    this._clock = h("span.replay-clock", null, "0");
    replaceChildren(this.stage, this._clock, this._text);
    this.stage.hidden = false;
    this._at = 0;
    this._running = true;
    this._button.replaceChildren("■ Stop");
    this._rebase();
    this._step();
  }

  _rebase() {
    this._factor = Number(this._speed.value);
    this._base = performance.now() - (this._at * 1000) / this._factor;
  }

  _step() {
    if (!this._running || !this.svg.isConnected) return;
    this._at = ((performance.now() - this._base) / 1000) * this._factor;
    const end = this.stream.total ?? 0;
    const at = Math.min(this._at, end);
    for (const name of ["x1", "x2"]) this._line.setAttribute(name, this.x(at));
    let index = -1;
    while (index + 1 < this.events.length && this.events[index + 1].at <= at) index += 1;
    this._clock.textContent = `${duration(at)} · event ${index + 1} of ${this.events.length}`;
    if (index !== this._index) {
      this._index = index;
      this._text.textContent = visible((this.stream.text ?? "").slice(0, index < 0 ? 0 : this._grown[index]));
      this.log.reach(index);
    }
    if (this._at >= end) this.stop(true);
    else requestAnimationFrame(() => this._step());
  }

  stop(ended = false) {
    this._running = false;
    this._index = undefined;
    this._line.remove();
    this.log.rest();
    this._button.replaceChildren(ended ? "▶ Replay again" : "▶ Replay");
    if (!ended) this.stage.hidden = true;
  }
}
