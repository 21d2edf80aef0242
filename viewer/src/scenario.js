// One run: its verdict, and its conversation with the streams and the judge's reasoning beside it.

import { badge, foreign, h, needs, notice, passage, replaceChildren, shown, sign } from "./dom.js";
import { labelButtons } from "./labels.js";
import { notesOf, turnSection, turnsOf } from "./conversation.js";
import { atFault, counted, dollars, duration, folded, moment, number, oneLine, pretty, STATUS } from "./text.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export function factsView(account) {
  const { row } = account;
  const facts = [
    row.tries > 1 || row.status === "retried" ? ["Try", `${row.tries ?? 1}${row.tried_for?.length ? `, after: ${row.tried_for.map((fault) => oneLine(fault, 40)).join(", ")}` : ""}`] : null,
    ["Turns", account.max_turns ? `${row.turns ?? 0} of at most ${account.max_turns}` : String(row.turns ?? 0)],
    ["Duration", duration(row.seconds)],
    ["First token", duration(row.ttft)],
    ["Tokens", row.tokens ? number(row.tokens) : "–"],
    // What an agent says of itself: nobody here has counted or paid it.
    row.agent_tokens ? ["Agent’s own tokens", number(row.agent_tokens)] : null,
    ["Cost", dollars(row.cost)],
  ];
  return h("dl.facts", null, facts.filter(Boolean).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
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
  const spend = (account.spend ?? []).map((one) => h("tr", null, h("th", { scope: "row" }, foreign(one.role)), h("td", null, foreign(folded(one.model ?? "", 60))), h("td", null, counted(one.calls ?? 0, "call")), h("td", null, counted((one.input_tokens ?? 0) + (one.output_tokens ?? 0), "token")), h("td", null, duration(one.seconds)), h("td", null, dollars(one.cost))));
  return h(
    "details.fold.about-fold",
    null,
    h("summary", null, "About this run"),
    h("dl.about-run", null, lines.map(([name, value]) => [h("dt", null, name), h("dd", { dir: "auto" }, shown(value))])),
    spend.length ? h("div.scroll", { tabindex: "0", role: "region", "aria-label": "Models" }, h("table.figures-table", null, h("thead.unseen", null, h("tr", null, ["Role", "Model", "Calls", "Tokens", "Time", "Cost"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", null, spend))) : null,
  );
}

function criteriaPanel(account, labels, keep) {
  const criteria = account.criteria ?? [];
  if (!criteria.length) return null;
  const said = new Set((account.messages ?? []).map((message) => message.index));
  const buttons = (one) => (labels.has(one.criterion) ? labelButtons(labels.get(one.criterion), keep) : null);
  return h(
    "section.panel.criteria",
    { "aria-label": "Criteria" },
    h("h2", null, "Criteria"),
    h(
      "ul",
      null,
      criteria.map((one) => {
        if (said.has(one.message)) return h("li", null, h("a.criterion-line", { href: `#/run/${encodeURIComponent(account.row.id)}/message/${one.message + 1}` }, sign(one.status), h("span", null, foreign(one.criterion), needs(one), h("span.muted", null, ` · message ${one.message + 1} ↓`))), buttons(one));
        return h("li", null, h("div.criterion-line", null, sign(one.status), h("div", null, foreign(one.criterion), needs(one), one.reasoning ? passage("p.why", one.reasoning) : null, one.quote ? h("p.why", { dir: "auto" }, "“", shown(one.quote), "”") : null)), buttons(one));
      }),
    ),
    labels.size ? h("p.muted.about-labels", null, "What you say is kept beside the store, and `scenario judge --calibrate mine` finds out by it how often a judge is wrong.") : null,
  );
}

function why(account) {
  const { row } = account;
  return [
    row.unverified ? h("p.caution", { role: "note" }, "The server's certificate was not verified (verify=False).") : null,
    row.error ? h(`div.error-box${row.status === "invalid" ? ".invalid" : ""}`, { role: "note" }, passage("p", row.error), row.fault ? h("p.muted", null, "At fault: ", shown(atFault(row.fault, row.error))) : null) : null,
    account.left_out?.length ? h("p.caution", { role: "note" }, `Left out here, because there is so much: `, shown(account.left_out.join("; ")), ". ", shown(`\`scenario show ${row.id}\` prints it and \`scenario export ${row.id}\` has it all, where the run is stored.`)) : null,
    account.reasoning ? passage("p.reasoning", account.reasoning) : null,
  ];
}

const WHY_ASKED = { turn: "after the turn", verdict: "for the verdict", confirmation: "a second time, to confirm it", split: "once more, as answers differed" };

/** What the judges' models answered on the way to the verdict, folded. */
function judgmentsFold(account) {
  const judgments = account.judgments ?? [];
  const agreement = account.agreement ?? null;
  const agreed = agreement === null ? null : h("p.muted.agreement", null, `Agreement of the votes: alpha ${agreement.toFixed(2)}`);
  if (!judgments.length) return agreed;
  const one = (judgment) =>
    h(
      "li",
      null,
      h("p.judgment-head", null, judgment.answer in STATUS ? sign(judgment.answer) : h("span.sign", { "aria-hidden": "true" }, "…"), h("span", null, `Turn ${(judgment.turn ?? 0) + 1}, asked `, shown(WHY_ASKED[judgment.asked] ?? folded(judgment.asked, 40)), (judgment.vote ?? 1) > 1 ? `, vote ${judgment.vote}` : null, ": ", shown(folded(STATUS[judgment.answer]?.word.toLowerCase() ?? judgment.answer, 40))), judgment.model ? h("span.muted", { dir: "auto" }, shown(folded(judgment.model, 60))) : null),
      judgment.reasoning ? passage("p.why", judgment.reasoning, { limit: 1200 }) : null,
      judgment.criteria?.length ? h("ul", null, judgment.criteria.map((criterion) => h("li.criterion-line", null, sign(criterion.status), h("div", null, foreign(folded(criterion.criterion, 300)), needs(criterion), criterion.reasoning ? passage("p.why", criterion.reasoning, { limit: 1200 }) : null)))) : null,
    );
  return [agreed, h("details.fold.judgments-fold", null, h("summary", null, `What the judge answered on the way: ${counted(judgments.length, "answer")}`), h("ul.judgments", null, judgments.map(one)))];
}

const STOPS = "a, button, select, input, summary, [tabindex]";

/** Open in a turn that is drawn anew what was open in it before; what is returned gives back the focus, once it is shown. */
function carriedOver(before, after) {
  const folds = after.querySelectorAll("details");
  before.querySelectorAll("details").forEach((one, index) => {
    if (one.open && folds[index]) folds[index].open = true;
  });
  const { activeElement } = document;
  if (!before.contains(activeElement)) return () => {};
  const place = activeElement === before ? -1 : [...before.querySelectorAll(STOPS)].indexOf(activeElement);
  return () => (place < 0 ? after : after.querySelectorAll(STOPS)[place])?.focus({ preventScroll: true });
}

export class ScenarioPage {
  /**
   * @param rows those of the list that it was opened from, for the way on to the next.
   * @param list the address of that list, where there was one.
   * @param words what was searched for.
   */
  constructor(source, id, { list, rows, words }) {
    this._source = source;
    this.id = id;
    this._list = list;
    this._rows = rows;
    this._words = words;
    this._turns = new Map();
    this.element = h("div.page.scenario", null, h("p.loading", { role: "status" }, "Loading…"));
  }

  async load() {
    const account = await this._source.account(this.id);
    const labels = this._source.live && account.row.status !== "running" ? await this._source.labels(this.id).catch(() => []) : [];
    this._labels = new Map(labels.map((one) => [one.criterion, one]));
    this.title = oneLine(account.row.name, 120);
    this._draw(account);
  }

  /** Go to a message or a turn, as ["message", "3"]; without one, to the words that were searched for. False: there is none. */
  arrive([kind, number]) {
    const target = kind === "message" ? document.getElementById(`m-${number - 1}`) : kind === "turn" ? document.getElementById(`m-turn-${number - 1}`) : this._words.length ? this.element.querySelector("mark.found")?.closest(".message") : null;
    if (!target) return false;
    target.focus({ preventScroll: true });
    // The sections above it get their true heights as they come into view: it is looked for until it stands still,
    // and no longer once the reader has gone elsewhere.
    const asked = location.hash;
    const reach = (left) => {
      if (location.hash !== asked) return;
      (kind ? target : target.querySelector("mark.found")).scrollIntoView({ block: target.offsetHeight > innerHeight * 0.8 || kind === "turn" ? "start" : "center" });
      if (left) requestAnimationFrame(() => reach(left - 1));
    };
    reach(CALM.matches ? 1 : 3);
    return true;
  }

  _draw(account) {
    const { row } = account;
    this._resume = [];
    const open = [...this.element.querySelectorAll(".about-fold, .judgments-fold")].filter((fold) => fold.open).map((fold) => `.${fold.classList[1]}`);
    const parts = this._conversation(account);
    const noted = (account.criteria ?? []).some((one) => one.message !== null && one.message !== undefined);
    this._chat ??= h("section.chat", { "aria-label": "Conversation" });
    this._chat.classList.toggle("plain", !noted);
    this._heading ??= h("h2.unseen", null, "Conversation");
    this._arrange([this._heading].concat(parts.length ? parts : [notice("Nothing was said.", row.status === "running" ? "The conversation appears here as it goes." : "The run ended before anybody spoke.")]));
    const titled = document.activeElement?.localName === "h1" && this.element.contains(document.activeElement);
    if (!this._way || this._status !== row.status) this._way = this._path(row);
    this._status = row.status;
    const head = [
      h("header.scenario-head", null, badge(row.status in STATUS ? row.status : "unknown"), h("h1", { tabindex: "-1" }, foreign(row.name || "(no name)")), account.description ? passage("p.description", account.description, { limit: 1200 }) : null),
      factsView(account),
      why(account),
      criteriaPanel(account, this._labels, (criterion, met) => this._source.keepLabel(this.id, criterion, met)),
      judgmentsFold(account),
      moreFacts(account),
    ].flat(2).filter(Boolean);
    const drawn = this._chat.parentElement === this.element;
    if (drawn) {
      for (const child of [...this.element.children]) if (child !== this._chat && child !== this._way) child.remove();
      if (!this._way.isConnected) this.element.prepend(this._way);
      this._chat.before(...head);
      this._chat.after(this._onwards(row));
    } else replaceChildren(this.element, this._way, head, this._chat, this._onwards(row));
    for (const kind of open) if (this.element.querySelector(kind)) this.element.querySelector(kind).open = true;
    for (const resume of this._resume) resume();
    if (titled) this.element.querySelector("h1").focus({ preventScroll: true });
  }

  /** The turns as elements. One that has not changed keeps its element, and with it the focus, what is open, a replay. */
  _conversation(account) {
    const notes = notesOf(account);
    return turnsOf(account).map((turn) => {
      const told = JSON.stringify([turn, turn.messages.map((message) => notes.get(message.index)), account.row.error]);
      const before = this._turns.get(turn.index);
      if (before?.told === told) return before.element;
      const element = turnSection(turn, { byMessage: notes, prefix: "m", account, words: this._words });
      if (before) this._resume.push(carriedOver(before.element, element));
      this._turns.set(turn.index, { told, element });
      return element;
    });
  }

  /** Put the turns in their places without taking out those that stand there already: taken out, they lose the focus. */
  _arrange(parts) {
    const wanted = new Set(parts);
    for (const child of [...this._chat.children]) if (!wanted.has(child)) child.remove();
    parts.forEach((part, index) => {
      if (this._chat.children[index] !== part) this._chat.insertBefore(part, this._chat.children[index] ?? null);
    });
  }

  _path(row) {
    const own = this._source.live ? (row.invocation ? `#/in/${encodeURIComponent(row.invocation)}` : "#/all") : "#/";
    this._compare = h("span.compare-with");
    this._relatives(row);
    return h("nav.path", { "aria-label": "Where you are" }, h("a", { href: this._list ?? own }, "← All scenarios"), this._compare);
  }

  async _relatives(row) {
    const others = await this._source.relatives(row).catch(() => []);
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
    const link = (other, back) => (other ? h("a", { href: `#/run/${encodeURIComponent(other.id)}` }, back ? "← " : null, foreign(folded(other.name, 50)), back ? null : " →") : h("span"));
    return h("nav.onwards", { "aria-label": "Other scenarios" }, link(before, true), link(after, false));
  }

  async changed(rows) {
    if (!rows.some((row) => row.id === this.id)) return;
    if (this._loading) {
      this._again = true;
      return;
    }
    this._loading = true;
    const bottom = innerHeight + scrollY > document.documentElement.scrollHeight - 120;
    try {
      do {
        this._again = false;
        await this.load();
      } while (this._again);
    } catch {
      // The state above says that there is no connection, and with it the page comes anew.
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
