// The runs that a store has, the newest first: each a command that was called.

import { bar, foreign, h, notice, replaceChildren } from "./dom.js";
import { folded, moment, number, oneLine, STATUS } from "./text.js";

const ORDER = ["passed", "failed", "undecided", "invalid", "cancelled", "interrupted", "retried", "running"];

function line(one, chosen, choose) {
  const parts = ORDER.map((status) => [status, one.counts[status] ?? 0]).filter(([, count]) => count);
  const words = parts.map(([status, count]) => `${number(count)} ${STATUS[status].word.toLowerCase()}`).join(", ");
  return h(
    "li.invocation",
    { "data-uid": one.uid },
    h("input", { type: "checkbox", "aria-label": `Choose for a comparison: ${oneLine(one.command || one.source || one.uid, 80)}, ${moment(one.started)}`, checked: chosen.includes(one.uid), onchange: () => choose(one.uid) }),
    h(
      "a.invocation-link",
      { href: `#/in/${encodeURIComponent(one.uid)}` },
      h("span.invocation-title", null, foreign(folded(one.command || one.source || one.uid, 140))),
      h("span.muted", null, [moment(one.started), one.git_commit ? `${oneLine(one.git_commit, 60).slice(0, 8)}${one.git_dirty ? " with changes" : ""}` : null, one.counts.running ? "running" : null].filter(Boolean).join(" · ")),
      h("span.invocation-figures", null, bar(parts, words), h("span", null, words || "no scenarios")),
    ),
  );
}

export class InvocationsPage {
  constructor(source) {
    this._source = source;
    this._chosen = [];
    this.title = "Runs";
    this.element = h("div.page.invocations", null, h("p.loading", { role: "status" }, "Loading…"));
  }

  async load() {
    const page = await this._source.invocations();
    this._rows = page.rows;
    this._next = page.next;
    this._draw();
  }

  _draw() {
    const choose = (uid) => {
      this._chosen = this._chosen.includes(uid) ? this._chosen.filter((one) => one !== uid) : [...this._chosen, uid].slice(-2);
      this._draw();
    };
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const place = [focused?.closest("[data-uid]")?.dataset.uid, focused?.localName];
    // The older one is what the newer is held against.
    const order = this._rows.map((one) => one.uid);
    const [after, before] = [...this._chosen].sort((a, b) => order.indexOf(a) - order.indexOf(b));
    replaceChildren(
      this.element,
      h("div.title-line", null, h("h1", { tabindex: "-1" }, "Runs"), h("a.button", { href: "#/all" }, "All scenarios"), before ? h("a.button.primary", { href: `#/diff/${before}/${after}` }, "Compare the two") : h("span.muted", null, this._rows.length > 1 ? "Choose two to compare them." : "")),
      this._rows.length ? h("ul.invocation-list", null, this._rows.map((one) => line(one, this._chosen, choose))) : notice("Nothing is stored yet.", "Runs appear here as they happen: `scenario run` or `pytest --scenario-store`."),
      this._next !== null && this._rows.length ? h("button.quiet", { type: "button", onclick: () => this._more() }, "Show older runs") : null,
    );
    if (place[0]) this.element.querySelector(`[data-uid="${CSS.escape(place[0])}"] ${place[1]}`)?.focus({ preventScroll: true });
  }

  async _more() {
    const page = await this._source.invocations(this._next).catch(() => null);
    if (!page) return;
    this._rows.push(...page.rows);
    this._next = page.next;
    this._draw();
  }

  changed() {
    // A timer that runs is left to run: started anew with each change, it would never end while an answer streams.
    this._refreshing ||= setTimeout(async () => {
      this._refreshing = 0;
      const page = await this._source.invocations().catch(() => null);
      if (!page) return; // the state above says that there is no connection, and with it the list comes anew
      const known = new Map(page.rows.map((one) => [one.uid, one]));
      const older = this._rows.filter((one) => !known.has(one.uid));
      this._rows = [...page.rows, ...older];
      if (!older.length) this._next = page.next;
      this._draw();
    }, 500);
  }

  /** Move to the next or the last run. */
  move(step) {
    const links = [...this.element.querySelectorAll(".invocation-link")];
    const now = links.indexOf(document.activeElement);
    links[now < 0 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, now + step))]?.focus();
  }

  close() {
    clearTimeout(this._refreshing);
  }
}
