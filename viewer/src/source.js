// Where the data comes from: out of this file, or from the server that shows a store.

import { inflated, unpacked } from "./packed.js";

const PAGE = 200;
const BLOCKS_KEPT = 4;
const BLOCKS_AT_ONCE = 8;
const FIRST_RETRY_MS = 300;
const LAST_RETRY_MS = 5000;
const REFUSED = "The token is missing or wrong. Open the address that `scenario view` printed.";

const ORDERS = {
  worst: (a, b) => rank(a) - rank(b),
  newest: (a, b) => (b.started ?? 0) - (a.started ?? 0),
  name: (a, b) => a.name.localeCompare(b.name),
  slowest: (a, b) => (b.seconds ?? 0) - (a.seconds ?? 0),
  ttft: (a, b) => (b.ttft ?? -1) - (a.ttft ?? -1),
  cost: (a, b) => (b.cost ?? -1) - (a.cost ?? -1),
};

function rank(row) {
  return { failed: 0, undecided: 1, invalid: 2, interrupted: 3, cancelled: 4, running: 5, retried: 7 }[row.status] ?? 6;
}

function matches(row, filter) {
  if (filter.status.size && !filter.status.has(row.status)) return false;
  if (filter.criterion && !(row.unmet ?? []).includes(filter.criterion)) return false;
  if (!filter.text) return true;
  const wanted = filter.text.toLowerCase();
  return [row.name, row.test, row.file, row.set_id].some((text) => text?.toLowerCase().includes(wanted));
}

function snippet(text, at, length) {
  const start = Math.max(0, at - 40);
  return (start ? "…" : "") + text.slice(start, at + length + 80).replace(/\s+/g, " ");
}

/** The data of a report, which stands in its own file. */
export class EmbeddedSource {
  /** Rows are inflated at once; what was said and what travelled only where it is looked at. */
  static async open(data) {
    return new EmbeddedSource(data, data.rows ? await inflated(document.getElementById("rows").textContent) : []);
  }

  /** @param rows the runs; `data.blocks` has how many of them each block holds. */
  constructor(data, rows) {
    this.live = false;
    this.title = data.title;
    this.about = data;
    this._rows = rows;
    this._accounts = new Map();
    this._blocks = new Map();
    this._texts = null;
    // The list is drawn while the rest of a large file is still being read.
    this._read = document.readyState === "loading" ? new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true })) : null;
  }

  async overview() {
    return this.about.overview;
  }

  /** Rows that the filter lets through: a list that can be waited for where it is not whole. */
  async rows(filter) {
    const found = filter.search ? await this._search(filter.search) : null;
    const rows = this._rows.filter((row) => matches(row, filter) && (!found || found.has(row.id)));
    const listed = found ? rows.map((row) => ({ ...row, snippet: found.get(row.id) })) : rows;
    return { rows: [...listed].sort(ORDERS[filter.order] ?? ORDERS.worst), more: null };
  }

  async account(id) {
    if (!this._accounts.has(id)) {
      const index = this._rows.findIndex((row) => row.id === id);
      if (index < 0) throw new Error("This report has no such scenario.");
      this._accounts.set(id, await this._unpack(index));
    }
    return this._accounts.get(id);
  }

  async _unpack(index) {
    let number = 0;
    let first = 0;
    while (first + this.about.blocks[number] <= index) first += this.about.blocks[number++];
    if (!this._blocks.has(number)) {
      if (this._blocks.size >= BLOCKS_KEPT) this._blocks.delete(this._blocks.keys().next().value);
      this._blocks.set(number, await this._block(number));
    }
    return unpacked(this._blocks.get(number)[index - first], this._rows[index]);
  }

  async _block(number) {
    await this._read;
    const block = document.getElementById(`runs-${number}`);
    try {
      return await inflated(block.textContent);
    } catch {
      throw new Error("This file is damaged, or was not loaded to its end. Load it again, or have the report written again.");
    }
  }

  /** What is to be marked of a search: here, the words as they stand in a row. */
  wordsOf(search) {
    return search ? [search] : [];
  }

  async relatives(row) {
    return this._rows.filter((other) => other.id !== row.id && (row.key ? other.key === row.key : other.name === row.name));
  }

  async _search(query) {
    this._texts ??= this._allTexts();
    const wanted = query.toLowerCase();
    const found = new Map();
    for (const [index, text] of (await this._texts).entries()) {
      const at = text.toLowerCase().indexOf(wanted);
      if (at >= 0) found.set(this._rows[index].id, snippet(text, at, wanted.length));
    }
    return found;
  }

  /** What was said in each run; of the blocks that were read for it, nothing else is kept. */
  async _allTexts() {
    const texts = [];
    const numbers = [...this.about.blocks.keys()];
    while (numbers.length) {
      const some = numbers.splice(0, BLOCKS_AT_ONCE).map(async (number) => (await this._block(number)).map(([account]) => (account.messages ?? []).map((message) => message.text ?? "").join("\n")));
      texts.push(...(await Promise.all(some)).flat());
    }
    return texts;
  }
}

/** A store, as its server tells of it. */
export class LiveSource {
  /** @param token gives the token that the server asks for, as it is known now. */
  constructor(token) {
    this.live = true;
    this.title = "Scenario";
    this._token = token;
    this._listeners = new Set();
  }

  /** What is to be marked of a search: each of its words, and each "phrase". */
  wordsOf(search) {
    return [...search.matchAll(/"([^"]+)"|[^\s"]+/g)].map(([word, phrase]) => phrase ?? word);
  }

  async _get(path, parameters = {}) {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined));
    let response;
    try {
      response = await fetch(`/api/${path}?${query}`, { headers: this._headers(), cache: "no-store" });
    } catch {
      throw new Error("The server does not answer. Is `scenario view` still running?");
    }
    if (response.status === 401) throw new Error(REFUSED);
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.error ?? `The server answered with ${response.status}.`);
    return body;
  }

  _headers() {
    return { Authorization: `Bearer ${this._token()}` };
  }

  invocations(before) {
    return this._get("invocations", { before });
  }

  overview(invocation) {
    return this._get("overview", { invocation });
  }

  async rows(filter) {
    const load = async (before) => {
      const page = await this._get("scenarios", {
        before,
        limit: PAGE,
        invocation: filter.invocation,
        status: [...filter.status].join(","),
        text: filter.text,
        criterion: filter.criterion,
        search: filter.search,
      });
      const more = page.next === null ? null : () => load(page.next);
      return { rows: page.rows, more };
    };
    return load(null);
  }

  account(id) {
    return this._get(`scenarios/${encodeURIComponent(id)}`);
  }

  /** What people said of a run's criteria: each `criterion`, and `met`, which is null where nobody said anything. */
  labels(id) {
    return this._get(`scenarios/${encodeURIComponent(id)}/labels`);
  }

  /** Keep a label, or take it back where `met` is null. */
  async keepLabel(id, criterion, met) {
    let response;
    try {
      const headers = { ...this._headers(), "Content-Type": "application/json" };
      response = await fetch(`/api/scenarios/${encodeURIComponent(id)}/labels`, { method: "PUT", headers, body: JSON.stringify({ criterion, met }), cache: "no-store" });
    } catch {
      throw new Error("The server does not answer. Is `scenario view` still running?");
    }
    if (response.status === 401) throw new Error(REFUSED);
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error ?? `The server answered with ${response.status}.`);
  }

  async relatives(row) {
    const page = await this._get("scenarios", { key: row.key, limit: 50 });
    return page.rows.filter((other) => other.id !== row.id);
  }

  compare(before, after) {
    return this._get("compare", { before, after });
  }

  /** Call back with the rows that change, from now on, until the returned function is called. */
  follow(listener) {
    this._listeners.add(listener);
    if (this._listeners.size === 1 && !this._following) this._following = this._follow();
    return () => this._listeners.delete(listener);
  }

  async _follow() {
    let cursor = null;
    let pause = FIRST_RETRY_MS;
    for (;;) {
      await seen();
      // A tab that nobody looks at does not hold one of the few connections that a browser has for an address.
      const hidden = new AbortController();
      const leave = () => document.hidden && hidden.abort();
      document.addEventListener("visibilitychange", leave);
      let problem = "";
      try {
        const query = cursor === null ? "" : `?after=${cursor}`;
        const response = await fetch(`/api/events${query}`, { headers: this._headers(), cache: "no-store", signal: hidden.signal });
        if (response.status === 401) problem = REFUSED;
        if (!response.ok) throw new Error(String(response.status));
        pause = FIRST_RETRY_MS;
        this._tell({ connected: true });
        for await (const event of serverSentEvents(response.body)) {
          if (event.id) cursor = event.id;
          if (event.type === "changed") this._tell({ rows: JSON.parse(event.data) });
        }
      } catch {
        // The server has gone, the computer slept, or the tab is hidden: below, it is tried again.
      }
      document.removeEventListener("visibilitychange", leave);
      if (hidden.signal.aborted) continue;
      this._tell({ connected: false, problem });
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, LAST_RETRY_MS);
    }
  }

  _tell(news) {
    for (const listener of [...this._listeners]) listener(news);
  }
}

/** Wait until the page can be seen. */
async function seen() {
  while (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

/** The events of a `text/event-stream` body. Our own server writes it: LF ends its lines. */
export async function* serverSentEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = { type: "message", data: "", id: "" };
      for (const line of block.split("\n")) {
        const colon = line.indexOf(":");
        const [name, text] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
        if (name === "event") event.type = text;
        else if (name === "id") event.id = text;
        else if (name === "data") event.data += event.data ? `\n${text}` : text;
      }
      yield event;
    }
  }
}
