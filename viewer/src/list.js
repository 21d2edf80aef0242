// A list of any length: only the rows that can be seen are in the page.

import { h } from "./dom.js";

const BEYOND = 8;
const MOST_PRINTED = 1000;

export class LongList {
  /**
   * @param draw makes the element of a row.
   * @param height gives the height of a row in pixels, which the style sheet keeps to.
   */
  constructor({ draw, height, label }) {
    this._draw = draw;
    this._height = height;
    this._rows = [];
    this._more = null;
    this._drawn = new Map();
    this.element = h("div.long-list", { role: "list", "aria-label": label });
    this._update = () => this._schedule();
    this._printing = () => this._print();
    this.open();
    this.element.addEventListener("focusin", (event) => {
      const row = event.target.closest("[data-index]");
      if (row) this._focused = Number(row.dataset.index);
    });
  }

  /** Follow the window: from the beginning on, and again after `close`. */
  open() {
    addEventListener("scroll", this._update, { passive: true });
    addEventListener("resize", this._update);
    addEventListener("beforeprint", this._printing);
    this._render();
  }

  close() {
    removeEventListener("scroll", this._update);
    removeEventListener("resize", this._update);
    removeEventListener("beforeprint", this._printing);
  }

  get rows() {
    return this._rows;
  }

  set({ rows, more }) {
    this._rows = rows;
    this._rowsOf = Symbol("rows");
    this._more = more;
    this._forget();
    this._render();
  }

  /** Put changed rows in their places, and new ones on top. */
  merge(changed) {
    const places = new Map(this._rows.map((row, index) => [row.id, index]));
    const fresh = [];
    for (const row of changed) {
      const place = places.get(row.id);
      if (place === undefined) fresh.unshift(row);
      else this._rows[place] = row;
    }
    this._rows = [...fresh, ...this._rows];
    const focused = this._focusedRow();
    const top = this.element.getBoundingClientRect().top;
    this._forget();
    this._render();
    // What somebody reads stays where it is when rows come above it.
    if (fresh.length && top < 0) scrollBy(0, fresh.length * this._height());
    if (focused) this.focus(this._rows.findIndex((row) => row.id === focused));
  }

  _focusedRow() {
    const row = this.element.contains(document.activeElement) ? document.activeElement.closest("[data-index]") : null;
    return row ? this._rows[Number(row.dataset.index)]?.id : null;
  }

  /** Move the focus to a row, scrolling to it. */
  focus(index) {
    if (!this._rows.length) return;
    const place = Math.max(0, Math.min(this._rows.length - 1, index));
    const height = this._height();
    const top = this.element.getBoundingClientRect().top + scrollY + place * height;
    if (top < scrollY + 80) scrollTo({ top: top - 80 });
    else if (top + height > scrollY + innerHeight) scrollTo({ top: top + height - innerHeight + 16 });
    this._render();
    this._drawn.get(place)?.querySelector("a")?.focus({ preventScroll: true });
    this._focused = place;
  }

  /** Give the focus back to the row that had it, where it can be seen. */
  refocus() {
    this._render();
    const link = this._drawn.get(this._focused)?.querySelector("a");
    link?.focus({ preventScroll: true });
    return Boolean(link);
  }

  move(step) {
    const inside = this.element.contains(document.activeElement);
    this.focus(inside ? this._focused + step : (this._focused ?? (step > 0 ? 0 : this._rows.length - 1)));
  }

  _forget() {
    for (const element of this._drawn.values()) element.remove();
    this._drawn.clear();
  }

  _schedule() {
    this._frame ??= requestAnimationFrame(() => {
      this._frame = null;
      this._render();
    });
  }

  _render(everything = false) {
    if (!this.element.isConnected && !everything) return;
    const height = this._height();
    if (height !== this._lastHeight) this._forget();
    this._lastHeight = height;
    this.element.style.setProperty("height", `${this._rows.length * height}px`);
    const top = -this.element.getBoundingClientRect().top;
    const first = everything ? 0 : Math.max(0, Math.floor(top / height) - BEYOND);
    const last = everything ? Math.min(this._rows.length, MOST_PRINTED) : Math.min(this._rows.length, Math.ceil((top + innerHeight) / height) + BEYOND);
    for (const [index, element] of this._drawn) {
      if (index < first || index >= last) {
        if (element.contains(document.activeElement)) continue;
        element.remove();
        this._drawn.delete(index);
      }
    }
    for (let index = first; index < last; index += 1) if (!this._drawn.has(index)) this._place(index, height);
    if (this._more && last >= this._rows.length - BEYOND) this._load();
  }

  /** On paper stand all rows, up to a limit; where it is passed, the line above them says so. */
  _print() {
    this._render(true);
    this.element.querySelector(".unprinted")?.remove();
    const left = this._rows.length - MOST_PRINTED;
    if (left > 0) this.element.prepend(h("p.unprinted", { role: "listitem" }, `The first ${MOST_PRINTED.toLocaleString("en-US")} are printed, ${left.toLocaleString("en-US")} more are not. Filters make the list shorter.`));
  }

  _place(index, height) {
    const element = h(
      "div.long-row",
      {
        role: "listitem",
        "data-index": index,
        "aria-posinset": index + 1,
        "aria-setsize": this._more ? -1 : this._rows.length,
        style: { transform: `translateY(${index * height}px)` },
      },
      this._draw(this._rows[index]),
    );
    this._drawn.set(index, element);
    // In the order of the rows, so that the tab key goes through them as they stand.
    const next = [...this._drawn.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
    this.element.insertBefore(element, next === undefined ? null : this._drawn.get(next));
  }

  async _load() {
    const asked = this._rowsOf;
    const more = this._more;
    this._more = null;
    let page;
    try {
      page = await more();
    } catch (error) {
      if (this._rowsOf === asked) this._more = more; // scrolling on asks again
      this.onfailed?.(error);
      return;
    }
    if (this._rowsOf !== asked) return; // another list was set meanwhile
    const known = new Set(this._rows.map((row) => row.id));
    this._rows.push(...page.rows.filter((row) => !known.has(row.id)));
    this._more = page.more;
    this._render();
    this.onloaded?.();
  }
}
