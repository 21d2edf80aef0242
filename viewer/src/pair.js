// Two runs side by side: their verdicts criterion by criterion, and their conversations turn by turn.

import { badge, foreign, h, needs, passage, replaceChildren, sign } from "./dom.js";
import { turnSection, turnsOf } from "./conversation.js";
import { factsView } from "./scenario.js";
import { dollars, duration, folded, moment, oneLine, percent, STATUS } from "./text.js";

function head(account) {
  const { row } = account;
  return h(
    "div.pair-head",
    null,
    badge(row.status in STATUS ? row.status : "unknown"),
    h("h2", null, h("a", { href: `#/run/${encodeURIComponent(row.id)}` }, foreign(folded(row.name, 120)))),
    h("p.muted", null, moment(row.started)),
    factsView(account),
    row.error ? passage("p.stream-error", row.error) : null,
  );
}

function criteria(a, b) {
  const last = (account) => new Map((account.criteria ?? []).map((one) => [one.criterion, one]));
  const [first, second] = [last(a), last(b)];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  if (!names.length) return null;
  const cell = (one) => h("td", null, one ? [sign(one.status), ` ${STATUS[one.status]?.word ?? one.status}`, needs(one)] : "–");
  return h(
    "section.panel",
    null,
    h("h2", null, "Criteria"),
    h("div.scroll", { tabindex: "0", role: "region", "aria-label": "Criteria of both runs" }, h(
      "table.pair-criteria",
      null,
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "Criterion"), h("th", { scope: "col" }, "Left"), h("th", { scope: "col" }, "Right"))),
      h("tbody", null, names.map((name) => {
        const flipped = first.get(name)?.status !== second.get(name)?.status;
        return h(`tr${flipped ? ".flipped" : ""}`, null, h("th", { scope: "row" }, foreign(name), flipped ? h("span.flip-word", null, " differs") : null), cell(first.get(name)), cell(second.get(name)));
      })),
    )),
  );
}

export class PairPage {
  constructor(source, left, right) {
    this._source = source;
    this._ids = [left, right];
    this.title = "Side by side";
    this.element = h("div.page.pair", null, h("p.loading", { role: "status" }, "Loading…"));
  }

  async load() {
    const [a, b] = await Promise.all(this._ids.map((id) => this._source.account(id)));
    const [left, right] = [turnsOf(a), turnsOf(b)];
    const turns = [...new Set([...left, ...right].map((turn) => turn.index))].sort((x, y) => x - y);
    const side = (list, index, account, prefix, word) => {
      const turn = list.find((one) => one.index === index);
      return h("div.pair-side", null, turn ? turnSection(turn, { byMessage: new Map(), prefix, account, side: `${word}, ` }) : h("p.muted.absent", null, "Not reached"));
    };
    replaceChildren(
      this.element,
      h("nav.path", { "aria-label": "Where you are" }, h("a", { href: `#/run/${encodeURIComponent(this._ids[1])}` }, "← Back to the run"), h("a", { href: `#/pair/${this._ids.toReversed().map(encodeURIComponent).join("/")}` }, "⇄ Swap")),
      h("h1", { tabindex: "-1" }, "Side by side"),
      h("div.pair-row", null, head(a), head(b)),
      criteria(a, b),
      turns.map((index) => h("div.pair-row", null, side(left, index, a, "a", "Left"), side(right, index, b, "b", "Right"))),
    );
  }

  async changed(rows) {
    if (rows.some((row) => this._ids.includes(row.id)) && !this.element.querySelector(".replay:not([hidden])")) await this.load();
  }

  close() {}
}

/** How many of the decided runs passed; where none was decided, how the runs ended. */
function shares(row) {
  if (row.before_runs && row.after_runs) return ` ${row.before_passed}/${row.before_runs} → ${row.after_passed}/${row.after_runs} passed`;
  const word = (status) => STATUS[status]?.word.toLowerCase() ?? folded(status, 40);
  return ` ${word(row.before_status)} → ${word(row.after_status)}${row.after_fault ? ` (${oneLine(row.after_fault, 40)})` : ""}`;
}

/** What changed between two invocations. */
export class DiffPage {
  constructor(source, before, after) {
    this._source = source;
    this._ids = [before, after];
    this.title = "What changed";
    this.element = h("div.page.diff", null, h("p.loading", { role: "status" }, "Loading…"));
  }

  async load() {
    const [comparison, before, after] = await Promise.all([this._source.compare(...this._ids), ...this._ids.map((id) => this._source.overview(id))]);
    const { ttft, cost } = comparison;
    const moved = (write, { before: old, after: now }) => (old === null && now === null ? "–" : `${write(old)} → ${write(now)}`);
    const rate = (value) => (value === null ? "–" : percent(value, 1));
    replaceChildren(
      this.element,
      h("nav.path", { "aria-label": "Where you are" }, h("a", { href: "#/" }, "← Runs"), h("a", { href: `#/diff/${this._ids.toReversed().map(encodeURIComponent).join("/")}` }, "⇄ Swap")),
      h("h1", { tabindex: "-1" }, "What changed"),
      h("dl.about-run", null, [["Before", before], ["After", after]].map(([word, one]) => [h("dt", null, word), h("dd", null, this._origin(one.invocation))])),
      h("dl.facts", null, [["Passed", moved(rate, { before: comparison.before_rate, after: comparison.after_rate })], ["Regressions", comparison.regressions.length], ["Improvements", comparison.improvements.length], ["Not comparable", comparison.not_comparable.length], ["Unchanged", comparison.unchanged], ["Only before", comparison.removed.length], ["Only after", comparison.added.length], ["First token, median", moved(duration, ttft)], ["Cost", moved(dollars, cost)]].map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, String(value))))),
      this._list("Regressions", comparison.regressions, "No scenario got worse."),
      this._list("Improvements", comparison.improvements, "No scenario got better."),
      comparison.not_comparable.length ? this._list("Not comparable", comparison.not_comparable, "") : null,
      comparison.flips.length ? h("section.panel", null, h("h2", null, "Criteria that flipped"), h("ul.flips", null, comparison.flips.map((flip) => h("li", null, sign(flip.before), " → ", sign(flip.after), " ", foreign(folded(flip.criterion, 200)), h("span.muted", null, " in ", foreign(folded(flip.scenario, 100))))))) : null,
    );
  }

  _origin(one) {
    return h("a", { href: `#/in/${encodeURIComponent(one.uid)}` }, foreign(folded(one.command || one.source || one.uid, 100)), one.started ? `, ${moment(one.started)}` : null);
  }

  _list(title, rows, none) {
    return h(
      "section.panel",
      null,
      h("h2", null, title),
      rows.length ? h("ul.diff-list", null, rows.map((row) => h("li", null, h("a", { href: `#/pair/${encodeURIComponent(row.before_id)}/${encodeURIComponent(row.after_id)}` }, foreign(folded(row.name, 140))), h("span.muted", null, shares(row))))) : h("p.muted", null, none),
    );
  }

  close() {}
}
