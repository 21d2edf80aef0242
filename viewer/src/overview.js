// Many runs: how many passed, each criterion, how quick, what it cost, and the list of them.

import { bar, foreign, h, needs, notice, passage, replaceChildren, shown, sign } from "./dom.js";
import { LongList } from "./list.js";
import { atFault, counted, dollars, duration, endedSo, folded, moment, number, oneLine, percent, STATUS, tries } from "./text.js";

const STATUSES = ["failed", "undecided", "invalid", "passed", "cancelled", "interrupted", "retried", "running"];
const CRITERIA_SHOWN = 6;
const FOUND_BY_THE_BROWSER = 100;
const UNFOUND = "Your browser's find in page sees the rows on the screen; the fields above go through all of them.";
const NARROW = matchMedia("(max-width: 640px)");

function tile(title, value, more) {
  return h("div.tile", null, h("dt", null, title), h("dd", null, value, more ? h("span.tile-more", null, more) : null));
}

/** That a suite was stopped, and what was not run: green figures of the rest are not to pass for the whole. */
function leftOut({ stopped, not_run: names }) {
  return h(
    "div.caution",
    { role: "note" },
    h("p", null, shown(stopped)),
    names?.length ? h("details", null, h("summary", null, `Not run: ${counted(names.length, "scenario")}`), h("ul", null, names.map(({ name, file }) => h("li", null, foreign(folded(name, 160)), file ? h("span.muted", null, " ", foreign(folded(file, 160))) : null)))) : null,
  );
}

export function figuresView(figures) {
  // What is invalid says nothing about the agent: it is no part of what could have passed.
  const decided = figures.passed + figures.failed + figures.undecided;
  const parts = STATUSES.toReversed().map((status) => [status, figures[status] ?? 0]).filter(([, count]) => count);
  const order = ["passed", "failed", "undecided", "invalid", "cancelled", "interrupted", "retried", "running"];
  parts.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  const words = parts.map(([status, count]) => endedSo(status, count, figures.faults)).join(", ");
  return h(
    "section.figures",
    { "aria-label": "Figures" },
    h(
      "div.rate",
      null,
      h("p.rate-value", null, percent(figures.passed, decided), h("span", null, " passed")),
      bar(parts, words),
      h("p.rate-words", null, parts.map(([status, count]) => h("span", null, sign(status), ` ${endedSo(status, count, figures.faults)}`))),
    ),
    h(
      "dl.tiles",
      null,
      tile("Scenarios", number(figures.runs), counted(figures.turns, "turn")),
      tile("First token, median", duration(figures.ttft.p50), `p95 ${duration(figures.ttft.p95)}`),
      tile("Duration, median", duration(figures.duration.p50), `p95 ${duration(figures.duration.p95)}`),
      tile("Cost", dollars(figures.cost), figures.tokens ? counted(figures.tokens, "token") : "no tokens told"),
    ),
  );
}

function latencies(figures) {
  const columns = ["p50", "p95", "p99", "maximum"];
  const line = (title, values) => h("tr", null, h("th", { scope: "row" }, title), columns.map((column) => h("td", null, duration(values[column]))), h("td", null, number(values.count)));
  return h(
    "section.panel",
    null,
    h("h2", null, "Latency"),
    h("div.scroll", { tabindex: "0", role: "region", "aria-label": "Latency percentiles" }, h(
      "table.figures-table",
      null,
      h("thead", null, h("tr", null, h("th", { scope: "col" }, h("span.unseen", null, "What")), [...columns.slice(0, 3), "max", "n"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, line("First token", figures.ttft), line("Scenario", figures.duration)),
    )),
  );
}

function criteriaTable(criteria, choose) {
  const body = h("tbody");
  const draw = (count) =>
    replaceChildren(
      body,
      criteria.slice(0, count).map((one) => {
        const whole = one.passed + one.failed + one.inconclusive;
        const bad = one.failed + one.inconclusive;
        const title = foreign(folded(one.criterion, 160));
        return h(
          "tr",
          null,
          h("th", { scope: "row" }, bad ? h("button.link", { type: "button", title: "Show the scenarios that do not meet it", onclick: () => choose(one.criterion) }, title) : title),
          h("td.share", null, bar([["passed", one.passed], ["failed", one.failed], ["inconclusive", one.inconclusive]], `${one.passed} of ${whole} passed`)),
          h("td", null, `${number(one.passed)} / ${number(whole)}`),
          h("td.undecided", null, one.inconclusive ? `${number(one.inconclusive)} undecided` : ""),
        );
      }),
    );
  draw(CRITERIA_SHOWN);
  const all = h("button.quiet", { type: "button", onclick: () => { draw(criteria.length); all.remove(); } }, `Show all ${number(criteria.length)} criteria`);
  return h(
    "section.panel.wide",
    null,
    h("h2", null, "Criteria"),
    criteria.length ? h("table.criteria-table", null, h("thead.unseen", null, h("tr", null, ["Criterion", "Share", "Passed", "Undecided"].map((name) => h("th", { scope: "col" }, name)))), body) : h("p.muted", null, "Nothing was judged by criteria."),
    criteria.length > CRITERIA_SHOWN ? all : null,
  );
}

// An error names who was asked for what before it says what went wrong; in a list, that would be all there is room for.
const ASKED = /^(\w+: )?(?:[^\n]{0,80}?: )?(?:GET|POST|PUT|PATCH) [^\s:]+:[^\s]*: (?:the answer is not whole \(\w+\): |the agent did not answer: )?/;

function reasonOf(row, words) {
  if (row.snippet) return passage("span", folded(row.snippet, 240), { words });
  if (row.error) return foreign(folded(row.error.replace(ASKED, "$1"), 200));
  if (row.needs && row.unmet?.length) return [needs(row), " · ", foreign(row.unmet.map((one) => folded(one, 120)).join(" · "))];
  if (row.unmet?.length) return foreign(row.unmet.map((one) => folded(one, 120)).join(" · "));
  if (row.reason) return foreign(folded(row.reason, 200));
  return h("span", null, row.met ? `${counted(row.met, "criterion").replace("criterions", "criteria")} met` : "");
}

export function rowView(row, words = []) {
  const reasons = reasonOf(row, words);
  return h(
    `a.row.${row.status in STATUS ? row.status : "unknown"}`,
    { href: `#/run/${encodeURIComponent(row.id)}` },
    sign(row.status),
    h("span.row-name", null, foreign(folded(row.name, 160) || "(no name)"), row.repeat ? h("span.muted", null, ` #${row.repeat + 1}`) : null, row.unverified ? h("span.muted", null, " certificate not verified") : null, row.tries > 1 ? h("span.muted", null, ` ${tries(row)}`) : null, row.status === "invalid" && row.fault ? h("span.muted", null, " at fault: ", shown(atFault(row.fault, row.error ?? ""))) : null),
    h("span.row-reason", null, reasons),
    h("span.row-figures", null, h("span", null, counted(row.turns ?? 0, "turn")), h("span", { title: "Time to first token, median" }, row.ttft === null || row.ttft === undefined ? "" : `TTFT ${duration(row.ttft)}`), h("span.row-time", null, row.status === "running" ? "running" : duration(row.seconds)), h("span.row-cost", null, row.cost === null || row.cost === undefined ? "" : dollars(row.cost))),
  );
}

/** The page of many runs: of a report, or of one invocation of a store, or of the whole store. */
export class OverviewPage {
  constructor(source, { invocation = "", title = "", filter }) {
    this._source = source;
    this._invocation = invocation;
    this.title = title;
    this._filter = filter;
    filter.invocation = invocation;
    this.list = new LongList({ draw: (row) => rowView(row, source.wordsOf(filter.search)), height: () => (NARROW.matches ? 92 : 62), label: "Scenarios" });
    this.list.onloaded = () => this._count();
    this.list.onfailed = (error) => this._failed(error);
    this._top = h("div.overview-top", null, h("p.loading", { role: "status" }, "Loading…"));
    this._said = h("p.list-count", { role: "status", "aria-live": "polite" });
    this._chips = h("div.chips", { role: "group", "aria-label": "Show only" });
    this._narrow = this._filters();
    this.element = h("div.page.overview", null, this._top, this._narrow, this._said, this.list.element);
  }

  _filters() {
    const later = (change) => {
      let timer;
      return (event) => {
        clearTimeout(timer);
        timer = setTimeout(() => { change(event.target.value); this.reload(); }, 160);
      };
    };
    this._text = h("input", { type: "search", placeholder: "Filter by name, set, file, test", "aria-label": "Filter by name, set, file or test", value: this._filter.text, oninput: later((text) => (this._filter.text = text.trim())) });
    this._words = h("input", { type: "search", placeholder: "Search the conversations", "aria-label": "Search the conversations", value: this._filter.search, id: "search", oninput: later((text) => (this._filter.search = text.trim())) });
    const orders = this._source.live ? null : h("select", { "aria-label": "Order", onchange: (event) => { this._filter.order = event.target.value; this.reload(); } }, [["worst", "Failures first"], ["newest", "Newest first"], ["name", "By name"], ["slowest", "Slowest first"], ["ttft", "Slowest first token"], ["cost", "Dearest first"]].map(([value, word]) => h("option", { value, selected: value === this._filter.order }, word)));
    return h("section.filters", { "aria-label": "Filters" }, this._chips, h("div.filter-fields", null, this._text, this._words, orders));
  }

  async load() {
    await Promise.all([this.reload(), this._loadTop()]);
  }

  async _loadTop() {
    const figures = await this._source.overview(this._invocation);
    this._figures = figures;
    this._narrow.hidden = !figures.runs;
    this.list.element.classList.toggle("free", figures.cost === null);
    const about = this._source.about;
    const origin = figures.invocation;
    if (origin) this.title = origin.command || origin.source || this.title;
    replaceChildren(
      this._top,
      this._source.live ? h("nav.path", { "aria-label": "Where you are" }, h("a", { href: "#/" }, "← Runs")) : null,
      h("h1", { tabindex: "-1" }, foreign(folded(this.title || this._source.title, 160))),
      origin ? h("p.muted.about", null, [moment(origin.started), origin.git_commit ? `commit ${oneLine(origin.git_commit, 60).slice(0, 8)}${origin.git_dirty ? " with changes" : ""}` : null, origin.seed === null ? null : `seed ${origin.seed}`, ...Object.entries(origin.versions).map(([name, version]) => `${oneLine(name, 30)} ${oneLine(version, 30)}`)].filter(Boolean).join(" · ")) : null,
      about ? h("p.muted.about", null, `Written ${moment(about.written)} by Scenario ${about.version}`) : null,
      about?.stopped ? leftOut(about) : null,
      figures.runs ? figuresView(figures) : null,
      figures.runs ? h("div.panels", null, criteriaTable(figures.criteria, (criterion) => { this._filter.criterion = criterion; this.reload(); this._said.scrollIntoView({ block: "center" }); }), latencies(figures)) : null,
    );
    this._drawChips();
  }

  _drawChips() {
    const { status, criterion } = this._filter;
    const toggle = (one) => () => {
      if (status.has(one)) status.delete(one);
      else status.add(one);
      this.reload();
    };
    replaceChildren(
      this._chips,
      STATUSES.filter((one) => (this._figures?.[one] ?? 0) || status.has(one)).map((one) => h("button.chip", { type: "button", "aria-pressed": status.has(one) ? "true" : "false", onclick: toggle(one) }, sign(one), ` ${STATUS[one].word} ${number(this._figures?.[one] ?? 0)}`)),
      criterion ? h("button.chip", { type: "button", "aria-pressed": "true", title: "Show all again", onclick: () => { this._filter.criterion = ""; this.reload(); } }, `does not meet: ${oneLine(criterion, 50)} ✕`) : null,
    );
  }

  /** Ask for the rows. What fails is said in their place; the first time, it is the page that cannot be shown. */
  async reload() {
    const asked = (this._asked = Symbol("asked"));
    this._drawChips();
    const waiting = setTimeout(() => (this._said.textContent = "Searching…"), 300);
    try {
      const page = await this._source.rows(this._filter);
      if (this._asked !== asked) return; // something else was asked for since
      this.list.set(page);
      this._drawn = true;
      this._count();
    } catch (error) {
      if (!this._drawn) throw error;
      if (this._asked === asked) this._failed(error);
    } finally {
      clearTimeout(waiting);
    }
  }

  _failed(error) {
    this._said.textContent = error.message;
  }

  _count() {
    const rows = this.list.rows.length;
    const filtered = this._filtered();
    if (rows) {
      const match = filtered ? `${counted(rows, "scenario")}${this.list._more ? " and more" : ""} match` : "";
      this._said.textContent = [match, rows > FOUND_BY_THE_BROWSER ? UNFOUND : ""].filter(Boolean).join(" · ");
      this.empty?.remove();
      return;
    }
    this._said.textContent = "";
    this.empty?.remove();
    this.empty = filtered ? notice("Nothing matches.", "Take a filter away, or search for other words.") : notice("No scenarios yet.", this._source.live ? "They appear here as they run: `scenario run` or `pytest --scenario-store`." : "This report was written of no runs at all.");
    this.list.element.before(this.empty);
  }

  /** Show it again, as it was left, with what changed meanwhile. */
  reopen() {
    this._filter.invocation = this._invocation;
    this.list.open();
    if (!this._stale) return;
    this._stale = false;
    this._loadTop().catch(() => {}); // the state above says that there is no connection
    if (this._filtered()) this.reload();
  }

  _filtered() {
    const { status, text, search, criterion } = this._filter;
    return Boolean(status.size || text || search || criterion);
  }

  changed(rows) {
    const mine = rows.filter((row) => !this._invocation || row.invocation === this._invocation);
    if (!mine.length) return;
    const filtered = this._filtered();
    if (!filtered) {
      this.list.merge(mine);
      this._count();
    }
    if (!this.element.isConnected) {
      this._stale = true;
      return;
    }
    // A timer that runs is left to run: started anew with each change, it would never end while an answer streams.
    this._refreshing ||= setTimeout(() => {
      this._refreshing = 0;
      this._loadTop().catch(() => {}); // the state above says that there is no connection
      // Which of the changed runs a filter lets through, the server knows; who has scrolled away is left in peace.
      if (filtered && this.list.element.getBoundingClientRect().top > 0) this.reload();
    }, 400);
  }

  close() {
    clearTimeout(this._refreshing);
    this._stale ||= Boolean(this._refreshing);
    this._refreshing = 0;
    this.list.close();
  }
}

