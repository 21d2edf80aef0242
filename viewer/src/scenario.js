// One run: its verdict, and its conversation with the streams and the judge's reasoning beside it.

import { badge, foreign, h, notice, replaceChildren, sign } from "./dom.js";
import { conversation } from "./conversation.js";
import { counted, dollars, duration, FAULTS, moment, number, oneLine, pretty, STATUS, visible } from "./text.js";

export function factsView(account) {
  const { row } = account;
  const facts = [
    ["Turns", account.max_turns ? `${row.turns ?? 0} of at most ${account.max_turns}` : String(row.turns ?? 0)],
    ["Duration", duration(row.seconds)],
    ["First token", duration(row.ttft)],
    ["Tokens", row.tokens ? number(row.tokens) : "–"],
    ["Cost", dollars(row.cost)],
  ];
  return h("dl.facts", null, facts.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

function moreFacts(account) {
  const { row } = account;
  const lines = [
    ["Test", row.test],
    ["File", row.file],
    ["Set", row.set_id],
    ["Started", moment(row.started)],
    ["Participants", (account.agents ?? []).join(", ")],
    ["Tags", (account.tags ?? []).join(", ")],
    ["Parameters", Object.keys(account.parameters ?? {}).length ? pretty(JSON.stringify(account.parameters)) : ""],
    ["Id", row.id],
  ].filter(([, value]) => value);
  const spend = (account.spend ?? []).map((one) => h("tr", null, h("th", { scope: "row" }, foreign(one.role)), h("td", null, foreign(oneLine(one.model ?? "", 60))), h("td", null, counted(one.calls ?? 0, "call")), h("td", null, counted((one.input_tokens ?? 0) + (one.output_tokens ?? 0), "token")), h("td", null, duration(one.seconds)), h("td", null, dollars(one.cost))));
  return h(
    "details.fold",
    null,
    h("summary", null, "About this run"),
    h("dl.about-run", null, lines.map(([name, value]) => [h("dt", null, name), h("dd", { dir: "auto" }, visible(value))])),
    spend.length ? h("div.scroll", { tabindex: "0", role: "region", "aria-label": "Models" }, h("table.figures-table", null, h("thead.unseen", null, h("tr", null, ["Role", "Model", "Calls", "Tokens", "Time", "Cost"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", null, spend))) : null,
  );
}

function criteriaPanel(account, reveal) {
  const criteria = account.criteria ?? [];
  if (!criteria.length) return null;
  return h(
    "section.panel.criteria",
    { "aria-label": "Criteria" },
    h("h2", null, "Criteria"),
    h(
      "ul",
      null,
      criteria.map((one, number) => {
        const pointed = one.message !== null && one.message !== undefined && (account.messages ?? []).some((message) => message.index === one.message);
        if (pointed) return h("li", null, h("button.criterion-line", { type: "button", onclick: () => reveal(one.message) }, sign(one.status), h("span", null, foreign(one.criterion), h("span.muted", null, ` · message ${one.message + 1} ↓`))));
        return h("li", null, h("div.criterion-line", { id: `criterion-${number}` }, sign(one.status), h("div", null, foreign(one.criterion), one.reasoning ? h("p.why", { dir: "auto" }, visible(one.reasoning)) : null, one.quote ? h("p.why", { dir: "auto" }, `“${visible(one.quote)}”`) : null)));
      }),
    ),
  );
}

function why(account) {
  const { row } = account;
  return [
    row.error ? h("div.error-box", { role: "note" }, h("p", { dir: "auto" }, visible(row.error)), row.fault ? h("p.muted", null, `At fault: ${FAULTS[row.fault] ?? visible(row.fault)}`) : null) : null,
    account.reasoning ? h("p.reasoning", { dir: "auto" }, visible(account.reasoning)) : null,
  ];
}

export class ScenarioPage {
  constructor(source, id, rows) {
    this._source = source;
    this._id = id;
    this._rows = rows;
    this.element = h("div.page.scenario", null, h("p.loading", { role: "status" }, "Loading…"));
  }

  async load() {
    const account = await this._source.account(this._id);
    this.title = account.row.name;
    this._draw(account);
  }

  _draw(account) {
    const { row } = account;
    const reveal = (index) => {
      const message = document.getElementById(`m-${index}`);
      message?.scrollIntoView({ block: "center", behavior: "smooth" });
      message?.focus({ preventScroll: true });
    };
    const parts = conversation(account);
    const open = new Set([...this.element.querySelectorAll("details[open] > summary")].map((one) => one.textContent));
    replaceChildren(
      this.element,
      this._path(row),
      h("header.scenario-head", null, badge(row.status in STATUS ? row.status : "unknown"), h("h1", { tabindex: "-1" }, foreign(row.name || "(no name)")), account.description ? h("p.description", { dir: "auto" }, visible(account.description)) : null),
      factsView(account),
      why(account),
      criteriaPanel(account, reveal),
      moreFacts(account),
      h(`section.chat${(account.criteria ?? []).some((one) => one.message !== null && one.message !== undefined) ? "" : ".plain"}`, { "aria-label": "Conversation" }, h("h2.unseen", null, "Conversation"), parts.length ? parts : notice("Nothing was said.", row.status === "running" ? "The conversation appears here as it goes." : "The run ended before anybody spoke.")),
      this._onwards(row),
    );
    for (const details of this.element.querySelectorAll("details")) if (open.has(details.querySelector("summary").textContent)) details.open = true;
    this._relatives(row);
  }

  _path(row) {
    const back = this._source.live && row.invocation ? `#/in/${encodeURIComponent(row.invocation)}` : "#/all";
    this._compare = h("span.compare-with");
    return h("nav.path", { "aria-label": "Where you are" }, h("a", { href: this._source.live ? back : "#/" }, "← All scenarios"), this._compare);
  }

  async _relatives(row) {
    const others = await this._source.relatives(row);
    if (!others.length) return;
    const choose = h(
      "select",
      { "aria-label": "Show another run of this scenario beside it", onchange: (event) => { if (event.target.value) location.hash = `#/pair/${encodeURIComponent(event.target.value)}/${encodeURIComponent(row.id)}`; } },
      h("option", { value: "" }, "Compare with…"),
      others.slice(0, 50).map((other) => h("option", { value: other.id }, `${STATUS[other.status]?.word ?? other.status} · ${moment(other.started) || oneLine(other.id, 12)}${other.repeat ? ` · #${other.repeat + 1}` : ""}`)),
    );
    replaceChildren(this._compare, choose);
  }

  _onwards(row) {
    const at = this._rows.findIndex((other) => other.id === row.id);
    const [before, after] = at < 0 ? [null, null] : [this._rows[at - 1], this._rows[at + 1]];
    this.before = before;
    this.after = after;
    const link = (other, word) => (other ? h("a", { href: `#/run/${encodeURIComponent(other.id)}` }, word.startsWith("←") ? `${word} ${oneLine(other.name, 50)}` : `${oneLine(other.name, 50)} ${word}`) : h("span"));
    return h("nav.onwards", { "aria-label": "Other scenarios" }, link(before, "←"), link(after, "→"));
  }

  async changed(rows) {
    if (!rows.some((row) => row.id === this._id)) return;
    if (this._loading) {
      this._again = true;
      return;
    }
    this._loading = true;
    const bottom = innerHeight + scrollY > document.documentElement.scrollHeight - 120;
    try {
      do {
        this._again = false;
        // A replay, or a text that somebody selects, is not torn away under the reader.
        if (!this.element.querySelector(".replay:not([hidden])") && getSelection().isCollapsed) await this.load();
      } while (this._again);
    } finally {
      this._loading = false;
    }
    if (bottom) scrollTo({ top: document.documentElement.scrollHeight });
  }

  /** Move to the next or the last message. */
  move(step) {
    const messages = [...this.element.querySelectorAll(".message[id]")];
    const now = messages.indexOf(document.activeElement?.closest(".message"));
    const next = messages[now < 0 ? (step > 0 ? 0 : messages.length - 1) : Math.max(0, Math.min(messages.length - 1, now + step))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "center" });
  }

  close() {}
}
