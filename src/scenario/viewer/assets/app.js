"use strict";
(() => {
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;
function codeOf(character) {
  const code = character.codePointAt(0).toString(16);
  if (code.length < 3) return `\\x${code.padStart(2, "0")}`;
  return code.length < 5 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}
function visible(text) {
  return String(text ?? "").replace(/\r\n/g, "\n").replace(UNSEEN, codeOf);
}
function visiblePieces(text) {
  const pieces = [];
  let at = 0;
  const whole = String(text ?? "").replace(/\r\n/g, "\n");
  for (const { 0: character, index } of whole.matchAll(UNSEEN)) {
    pieces.push(whole.slice(at, index), codeOf(character));
    at = index + character.length;
  }
  return [...pieces, whole.slice(at)];
}
function cutAt(text, place) {
  return /[\ud800-\udbff]/.test(text[place - 1] ?? "") ? place - 1 : place;
}
function folded(text, limit) {
  const line = String(text ?? "").slice(0, 4 * limit).replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, cutAt(line, limit - 1))}…` : line;
}
function oneLine(text, limit) {
  return visible(folded(text, limit));
}
const MARKS = { "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'" };
const AROUND = /^[\s"'`*_|>.…]+|[\s"'`*_|>.…]+$/g;
function likened(text) {
  return text.replace(/[“”„«»‘’]/g, (mark) => MARKS[mark]);
}
function placeOf(text, quote) {
  const words = likened(quote).replace(AROUND, "").split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const pattern = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("\\s+");
  const found = new RegExp(pattern).exec(likened(text));
  return found && [found.index, found.index + found[0].length];
}
function placesOf(text, words) {
  const places = [];
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return places; // the few letters that grow when they are made small
  for (const word of words) {
    const wanted = word.toLowerCase();
    for (let at = wanted ? lower.indexOf(wanted) : -1; at >= 0 && places.length < 500; at = lower.indexOf(wanted, at + wanted.length)) places.push([at, at + wanted.length]);
  }
  return places;
}
function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 0.00005) return "0 ms";
  if (seconds < 0.0095) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
function dollars(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0 || value >= 0.1) return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return value >= 0.0001 ? `$${value.toFixed(4)}` : `$${value.toPrecision(2)}`;
}
function number(value) {
  return Number(value ?? 0).toLocaleString("en-US");
}
function counted(value, noun) {
  return value === 1 ? `1 ${noun}` : `${number(value)} ${noun}s`;
}
function bytes(size) {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
function percent(part, whole) {
  if (!whole) return "–";
  const value = (100 * part) / whole;
  if (part < whole && value > 99.5) return "99%";
  if (part > 0 && value < 0.5) return "<1%";
  return `${Math.round(value)}%`;
}
function moment(epoch) {
  if (!epoch) return "";
  return new Date(epoch * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // it is no JSON, which agents are free to send
  }
}
const STATUS = {
  passed: { mark: "✓", word: "Passed" },
  failed: { mark: "✗", word: "Failed" },
  undecided: { mark: "?", word: "Undecided" },
  invalid: { mark: "!", word: "Invalid" },
  inconclusive: { mark: "?", word: "Undecided" },
  cancelled: { mark: "–", word: "Cancelled" },
  interrupted: { mark: "–", word: "Interrupted" },
  retried: { mark: "↻", word: "Tried again" },
  running: { mark: "●", word: "Running" },
};
const FAULTS = {
  test: "the test",
  agent: "the agent",
  judge: "the judge's model, not the agent",
  "user simulator": "the user simulator's model, not the agent",
  model: "a model's server, not the agent",
  configuration: "the configuration",
  dialect: "a dialect that another package brings, not the agent",
  wire: "the bytes on the wire",
  machine: "this machine, not the agent",
  scenario: "Scenario itself",
};
const EITHER_SIDE = {
  ErrorReplyError: "the request, or the agent",
  AgentUnreachableError: "the address, or the agent's machine",
};
function endedSo(status, count, faults) {
  const named = status === "invalid" ? Object.keys(faults ?? {}).filter(Boolean).map((fault) => oneLine(fault, 40)).join(", ") : "";
  return `${number(count)} ${STATUS[status].word.toLowerCase()}${named ? ` (${named})` : ""}`;
}
function tries(row) {
  return `tried ${number(row.tries)} times${row.tried_for?.length ? `: ${row.tried_for.map((fault) => oneLine(fault, 40)).join(", ")}` : ""}`;
}
function atFault(fault, error) {
  const kind = error.split(":", 1)[0];
  if (fault === "wire" && Object.hasOwn(EITHER_SIDE, kind)) return EITHER_SIDE[kind];
  return Object.hasOwn(FAULTS, fault) ? FAULTS[fault] : fault;
}
const SVG = "http://www.w3.org/2000/svg";
function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
function h(tag, properties, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  const href = properties?.href;
  if (href !== undefined && href !== null && !String(href).startsWith("#")) throw new Error("a link leads out of the page");
  return filled(element, properties, children);
}
function s(tag, properties, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}
function replaceChildren(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}
function shown(text) {
  return visiblePieces(text).map((piece, index) => (index % 2 ? h("span.escape", null, piece) : piece));
}
function foreign(text, tag = "span") {
  return h(tag, { dir: "auto" }, shown(text));
}
function markedText(text, spans) {
  const nodes = [];
  let at = 0;
  for (const { start, end, kind } of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) continue; // it overlaps one that is marked already
    nodes.push(shown(text.slice(at, start)), h(`mark.${kind}`, null, shown(text.slice(start, end))));
    at = end;
  }
  return [...nodes, shown(text.slice(at))];
}
const LONG = 6000;
const BEGINNING = 4000;
function passage(tag, text, { quotes = [], words = [], limit = LONG } = {}) {
  const whole = String(text ?? "").replace(/\r\n/g, "\n");
  const spans = placesOf(whole, words).map(([start, end]) => ({ start, end, kind: "found" }));
  for (const { quote, status } of quotes) {
    const place = placeOf(whole, quote);
    if (place) spans.push({ start: place[0], end: place[1], kind: status });
  }
  const element = h(tag, { dir: "auto" });
  if (whole.length <= limit) return filled(element, null, markedText(whole, spans));
  const needed = Math.max(0, ...spans.map((span) => span.end));
  const end = cutAt(whole, Math.min(whole.length, Math.max(Math.min(BEGINNING, limit), needed + 200)));
  const all = h("button.quiet.all", { type: "button", onclick: () => replaceChildren(element, markedText(whole, spans)) }, `Show all ${whole.length.toLocaleString("en-US")} characters`);
  return filled(element, null, [markedText(whole.slice(0, end), spans), end < whole.length ? ["… ", all] : null]);
}
function block(text) {
  const copied = visible(text);
  return h("div.block", null, h("pre", { dir: "auto", tabindex: "0" }, shown(text)), copyButton(copied));
}
function copyButton(text, word = "Copy") {
  if (!navigator.clipboard) return null;
  const button = h("button.copy", { type: "button", title: "Copy the text", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => (button.textContent = word), 1500);
  } }, word);
  return button;
}
function badge(status) {
  const { mark, word } = STATUS[status] ?? { mark: "?", word: String(status) };
  return h(`span.badge.${status in STATUS ? status : "unknown"}`, null, h("span.sign", { "aria-hidden": "true" }, mark), word);
}
function sign(status) {
  const { mark, word } = STATUS[status] ?? { mark: "?", word: String(status) };
  return h(`span.sign.${status in STATUS ? status : "unknown"}`, { role: "img", "aria-label": word, title: word }, mark);
}
function needs(one) {
  return one.needs ? h("span.needed", null, "Undecided: needs ", shown(folded(one.needs, 80))) : null;
}
function bar(parts, label) {
  const whole = parts.reduce((sum, [, count]) => sum + count, 0) || 1;
  return h(
    "span.bar",
    { role: "img", "aria-label": label },
    parts.filter(([, count]) => count).map(([status, count]) => h(`span.${status}`, { style: { "flex-grow": String(count / whole) } })),
  );
}
function notice(title, ...lines) {
  return h("div.notice", { role: "status" }, h("p.notice-title", null, title), lines.map((line) => h("p", null, line)));
}
const END = "\x1e"; // of an event's data
async function inflated(base64) {
  const packed = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}
function dataOf(pieces, lengths, between) {
  if (Array.isArray(pieces)) return pieces;
  let at = 0;
  return lengths.map((length) => pieces.slice(at, (at += length))).join(between).split(END);
}
function eventsIn([times, kinds, flags, pieces, lengths, between]) {
  const data = dataOf(pieces, lengths, between);
  return times.map((at, index) => [at, typeof kinds === "string" ? kinds : kinds[index], data[index], parseInt(flags[index], 16)]);
}
function unpacked([account, events], row) {
  const streams = (account.streams ?? []).map((stream, index) => (events[index] ? { ...stream, events: eventsIn(events[index]) } : stream));
  return { ...account, row: account.row.id ? account.row : row, streams };
}
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
class EmbeddedSource {
  static async open(data) {
    return new EmbeddedSource(data, data.rows ? await inflated(document.getElementById("rows").textContent) : []);
  }
  constructor(data, rows) {
    this.live = false;
    this.title = data.title;
    this.about = data;
    this._rows = rows;
    this._accounts = new Map();
    this._blocks = new Map();
    this._texts = null;
    this._read = document.readyState === "loading" ? new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true })) : null;
  }
  async overview() {
    return this.about.overview;
  }
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
class LiveSource {
  constructor(token) {
    this.live = true;
    this.title = "Scenario";
    this._token = token;
    this._listeners = new Set();
  }
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
  labels(id) {
    return this._get(`scenarios/${encodeURIComponent(id)}/labels`);
  }
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
async function seen() {
  while (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}
async function* serverSentEvents(body) {
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
const BEYOND = 8;
const MOST_PRINTED = 1000;
class LongList {
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
    if (fresh.length && top < 0) scrollBy(0, fresh.length * this._height());
    if (focused) this.focus(this._rows.findIndex((row) => row.id === focused));
  }
  _focusedRow() {
    const row = this.element.contains(document.activeElement) ? document.activeElement.closest("[data-index]") : null;
    return row ? this._rows[Number(row.dataset.index)]?.id : null;
  }
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
const SPEEDS = [0.25, 1, 4, 16];
const CONTENT_FLAG = 1;
function* strings(value, depth = 0) {
  if (depth > 12) return;
  if (typeof value === "string") yield value;
  else if (value && typeof value === "object") for (const inner of Object.values(value)) yield* strings(inner, depth + 1);
}
function growth(text, events) {
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
    }
    for (const piece of strings(data)) {
      if (piece.length > longest.length && text.startsWith(piece, reached)) longest = piece;
    }
    reached += longest.length;
    return reached;
  });
}
class Replay {
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
    const length = index < 0 ? 0 : index === this.events.length - 1 ? text.length : this._grown[index];
    replaceChildren(this._text, shown(text.slice(0, length)));
    this._text.scrollTop = this._text.scrollHeight;
    this.log.reach(index);
  }
}
const CONTENT = 1;
const MALFORMED = 2;
const CUT = 4;
const BINS = 400; // more marks than that nobody tells apart
const FINE = "complete";
const MARK_OF = { error: "▲", warning: "△", info: "▵" };
const OUTCOMES = {
  complete: ["passed", "complete"],
  truncated: ["failed", "cut short"],
  error: ["failed", "error"],
  stalled: ["failed", "stalled"],
  timed_out: ["failed", "timed out"],
  aborted: ["cancelled", "aborted"],
};
function eventsOf(stream) {
  const listed = (stream.events ?? []).map(([at, kind, data, flags]) => ({ at, kind: kind ?? "message", data: data ?? "", flags: flags ?? 0 }));
  const later = (stream.later ?? []).map(([at, flags]) => ({ at, kind: "event", data: null, flags }));
  return [...listed, ...later].map((event, index) => ({ ...event, index }));
}
function eventCount(stream) {
  return (stream.events ?? []).length + (stream.left_out ?? 0);
}
function gapsOf(events, stream) {
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
function deadlineOf(stream) {
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
function picture(stream, events) {
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
function level(finding) {
  return ["error", "warning", "info"].includes(finding.level ?? "warning") ? (finding.level ?? "warning") : "warning";
}
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
const EVENTS_AT_ONCE = 300;
const LONG_DATA = 600;
function figures(stream, events) {
  const [kind, word] = OUTCOMES[stream.outcome] ?? ["cancelled", stream.outcome];
  const silent = gapsOf(events, stream)[0];
  const deadline = deadlineOf(stream);
  const moment = (name, at) => (at !== undefined && at !== null ? `${name} ${duration(at)}` : null);
  const parts = [
    stream.status ? `HTTP ${stream.status}` : "no response",
    stream.protocol || null,
    moment("headers", stream.headers),
    moment("first byte", stream.first_byte),
    moment("first content", stream.first_content),
    `${duration(stream.total ?? 0)} in all`,
    counted(eventCount(stream), "event"),
    bytes(stream.size ?? 0),
    silent ? `longest silence ${duration(silent.to - silent.from)}` : null,
    stream.malformed ? `${stream.malformed} unreadable` : null,
    deadline && deadline.at > (stream.total ?? 0) * 1.6 ? `deadline ${duration(deadline.at)}` : null,
  ].filter(Boolean);
  return h("p.stream-figures", null, h(`span.outcome.${kind}`, null, word), parts.map((part) => h("span", null, shown(part))));
}
function eventRow(event, before, findings) {
  const kind = event.flags & MALFORMED ? "malformed" : event.flags & CONTENT ? "content" : "";
  const data = event.data === null ? h("span.event-data.muted", { role: "cell" }, "(not kept in this page)") : passage("span.event-data", event.data + (event.flags & CUT ? "…" : ""), { limit: LONG_DATA });
  data.setAttribute("role", "cell");
  if (event.flags & MALFORMED) data.title = "This could not be read";
  return h(
    `div.event${kind ? `.${kind}` : ""}`,
    { role: "row" },
    h("span.event-at", { role: "cell" }, duration(event.at)),
    h("span.event-gap", { role: "cell" }, `+${duration(Math.max(0, event.at - before))}`),
    h("span.event-kind", { role: "cell" }, shown(event.kind)),
    data,
    findings.map((finding) => h(`span.event-finding.${level(finding)}`, { role: "cell" }, shown(`${finding.rule}: ${finding.message}`))),
  );
}
function eventLog(stream, events) {
  const body = h("div.events", { role: "table", "aria-label": "Events of the stream", tabindex: "0" });
  const rows = new Map();
  const findings = Map.groupBy(stream.findings ?? [], (finding) => finding.event);
  let drawn = 0;
  const draw = (until) => {
    const fresh = [];
    for (; drawn < Math.min(until, events.length); drawn += 1) {
      const row = eventRow(events[drawn], drawn ? events[drawn - 1].at : 0, findings.get(drawn) ?? []);
      rows.set(drawn, row);
      fresh.push(row);
    }
    body.append(...fresh);
    more.hidden = drawn >= events.length;
  };
  const more = h("button.quiet", { type: "button", hidden: true, onclick: () => draw(drawn + EVENTS_AT_ONCE) }, "Show more events");
  const missing = eventCount(stream) - events.length;
  const details = h(
    "details.fold",
    { ontoggle: () => details.open && !drawn && draw(EVENTS_AT_ONCE) },
    h("summary", null, `Events (${events.length.toLocaleString("en-US")}${missing > 0 ? ` of ${eventCount(stream).toLocaleString("en-US")}` : ""})`),
    body,
    more,
  );
  let last = -1;
  return {
    element: events.length ? details : null,
    reach(index) {
      if (!details.open) return;
      draw(index + 1);
      for (const [place, row] of rows) row.classList.toggle("ahead", place > index);
      const row = rows.get(index);
      if (row && index !== last) body.scrollTop = row.offsetTop - body.offsetTop - body.clientHeight + row.offsetHeight;
      last = index;
    },
    rest() {
      for (const row of rows.values()) row.classList.remove("ahead");
    },
  };
}
function headersList(headers) {
  const entries = Object.entries(headers ?? {});
  return entries.length ? h("dl.headers", null, entries.map(([name, value]) => [h("dt", null, shown(name)), h("dd", { dir: "auto" }, shown(value))])) : null;
}
function wire(stream) {
  const details = h("details.fold", { ontoggle: () => details.childElementCount === 1 && details.append(...wireParts(stream)) }, h("summary", null, "Request and response"));
  return details;
}
function wireParts(stream) {
  return [
    h("p.wire-line", { dir: "auto" }, h("b", null, shown(stream.method || "POST")), " ", shown(stream.url)),
    headersList(stream.sent),
    stream.body ? block(pretty(stream.body)) : null,
    h("p.wire-line", null, h("b", null, stream.status ? `HTTP ${stream.status}` : "No response")),
    headersList(stream.received),
    stream.reason ? h("p.muted", null, "Read as ", shown(stream.protocol), ": ", shown(stream.reason)) : null,
  ].filter(Boolean);
}
function findingsView(findings, events) {
  const at = (finding) => (events[finding.event] ? h("span.muted", null, ` at ${duration(events[finding.event].at)}, event ${finding.event + 1}`) : null);
  const list = (some) => h("ul.findings", null, some.map((finding) => h("li", null, h(`span.rule.${level(finding)}`, null, shown(finding.rule)), " ", foreign(finding.message), at(finding))));
  const errors = findings.filter((finding) => level(finding) === "error");
  const others = findings.filter((finding) => level(finding) !== "error");
  const warnings = others.filter((finding) => level(finding) === "warning").length;
  const words = [warnings ? counted(warnings, "warning") : "", others.length - warnings ? counted(others.length - warnings, "remark") : ""].filter(Boolean).join(", ");
  return [errors.length ? list(errors) : null, others.length ? h("details.fold", null, h("summary", null, `Stream lint: ${words}`), list(others)) : null];
}
function readingView(lines) {
  return lines.length ? h("details.fold.reading", null, h("summary", null, "How it was read"), h("ul", null, lines.map((line) => h("li", null, foreign(line))))) : null;
}
const EAGER = 4;
const coming = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => entry.target.dispatchEvent(new Event("near"))), { rootMargin: "800px" });
function streamView(stream, place = 0, said = "") {
  const events = eventsOf(stream);
  const log = eventLog(stream, events);
  const stage = h("div.replay", { hidden: true });
  const frame = h("div.timeline-frame");
  let drawn = null;
  const draw = () => {
    if (drawn) return drawn;
    coming.unobserve(frame);
    drawn = picture(stream, events);
    frame.append(drawn.svg);
    return drawn;
  };
  if (place < EAGER) draw();
  else {
    frame.addEventListener("near", draw);
    coming.observe(frame);
  }
  const error = said || stream.error;
  const replay = new Replay({ stream, events, draw, log, stage });
  return h(
    "div.stream",
    { role: "group", "aria-label": `Stream, ${visible(OUTCOMES[stream.outcome]?.[1] ?? stream.outcome)}` },
    figures(stream, events),
    frame,
    error ? passage("p.stream-error", error) : null,
    findingsView(stream.findings ?? [], events),
    readingView(stream.reading ?? []),
    h("div.stream-tools", null, events.length ? replay.controls : null),
    stage,
    log.element,
    wire(stream),
  );
}
const SPEAKERS = { user: "User", assistant: "Agent", system: "System", developer: "System", tool: "Tool" };
function turnsOf(account) {
  const turns = new Map();
  const turn = (index) => {
    if (!turns.has(index)) turns.set(index, { index, messages: [], streams: [], calls: [] });
    return turns.get(index);
  };
  for (const message of account.messages ?? []) turn(message.turn ?? 0).messages.push(message);
  for (const stream of account.streams ?? []) turn(stream.turn ?? 0).streams.push(stream);
  for (const call of account.calls ?? []) if (call.error || (call.seconds ?? null) === null) turn(call.turn ?? 0).calls.push(call);
  return [...turns.values()].sort((a, b) => a.index - b.index);
}
function notesOf(account) {
  const byMessage = new Map();
  for (const [index, criterion] of (account.criteria ?? []).entries()) {
    if (criterion.message === null || criterion.message === undefined) continue;
    if (!byMessage.has(criterion.message)) byMessage.set(criterion.message, []);
    byMessage.get(criterion.message).push({ ...criterion, number: index });
  }
  return byMessage;
}
function turnSection(turn, { byMessage, prefix, account, side = "", words = [] }) {
  const results = new Map(turn.messages.filter((message) => message.answers).map((message) => [message.answers, message]));
  const told = new Set();
  const items = [];
  const left = [...turn.streams];
  const address = `#/run/${encodeURIComponent(account.row.id)}`;
  for (const message of turn.messages) {
    if (message.role === "tool" && told.has(message.answers)) continue;
    for (const tool of message.tools ?? []) if (tool.id && results.has(tool.id)) told.add(tool.id);
    const own = isLastOfCall(message, turn.messages) ? takeStreams(left, message) : [];
    items.push(messageRow(message, { results, notes: byMessage.get(message.index) ?? [], streams: own, prefix, address, words }));
  }
  const calls = new Map(turn.calls.map((call) => [call.call, call]));
  for (const stream of left) {
    const call = left.findLast((other) => other.call === stream.call) === stream ? calls.get(stream.call) : null;
    if (call?.error) calls.delete(call.call); // the stream tells of it
    items.push(lostRow(stream, call, account));
  }
  for (const call of calls.values()) items.push(callRow(call));
  return h(
    "section.turn",
    { "aria-label": `${side}Turn ${turn.index + 1}`, id: `${prefix}-turn-${turn.index}`, tabindex: "-1" },
    h("h3.turn-title", null, h("a", { href: `${address}/turn/${turn.index + 1}`, title: "Link to this turn" }, `Turn ${turn.index + 1}`)),
    items,
  );
}
function isLastOfCall(message, messages) {
  if (message.call === null || message.call === undefined) return false;
  return messages.findLast((other) => other.call === message.call) === message;
}
function takeStreams(left, message) {
  const own = left.filter((stream) => stream.call === message.call);
  for (const stream of own) left.splice(left.indexOf(stream), 1);
  return own;
}
function row(kind, message, notes = []) {
  return h(`div.said.${kind.split(" ").join(".")}`, null, message, notes.length ? h("aside.notes", { "aria-label": "What the judge says of this message" }, notes) : null);
}
function messageRow(message, { results, notes, streams, prefix, address, words }) {
  const kind = message.role === "user" ? "user" : message.role === "assistant" ? "agent" : message.role === "tool" ? "tool" : "system";
  const who = message.agent || SPEAKERS[message.role] || message.role || "Message";
  const text = message.text ? (message.role === "tool" ? fold("Tool result", message.text, message.name) : passage("p.text", message.text, { quotes: notes.filter((note) => note.quote), words })) : null;
  const tools = h("span.message-tools", null, message.text ? copyButton(visible(message.text)) : null, h("a.anchor", { href: `${address}/message/${message.index + 1}`, "aria-label": `Link to message ${message.index + 1}`, title: "Link to this message" }, `#${message.index + 1}`));
  const body = h(
    "article.message",
    { id: `${prefix}-${message.index}`, tabindex: "-1" },
    h("p.who", null, foreign(folded(who, 80)), h("span.muted", null, scripted(message) || at(message)), tools),
    text,
    (message.tools ?? []).map((tool) => toolUse(tool, results.get(tool.id))),
    !message.text && !(message.tools ?? []).length ? h("p.muted", null, "(says nothing)") : null,
    streams.map((stream) => streamView(stream, message.turn ?? 0)),
  );
  return row(kind, body, notes.map((note) => noteCard(note)));
}
function scripted(message) {
  return (message.call === null || message.call === undefined) && ["user", "assistant"].includes(message.role) ? " · scripted" : "";
}
function at(message) {
  return message.at === null || message.at === undefined ? "" : ` · at ${duration(message.at)}`;
}
function fold(title, text, name) {
  return h("details.fold.tool-fold", null, h("summary", null, name ? [`${title}: `, shown(folded(name, 60))] : title, h("span.muted", { dir: "auto" }, " ", shown(folded(text, 90)))), block(pretty(text)));
}
function toolUse(tool, result) {
  return h(
    "details.fold.tool-fold",
    null,
    h("summary", null, h("span.tool-name", { dir: "auto" }, "⚙ ", shown(folded(tool.name, 60))), h("span.muted", { dir: "auto" }, " ", shown(folded(tool.arguments, 80)))),
    h("p.label", null, "Arguments"),
    block(pretty(tool.arguments || "(none)")),
    result ? [h("p.label", null, "Result"), block(pretty(result.text ?? ""))] : h("p.muted", null, "No result was seen."),
  );
}
function noteCard(note) {
  return h(
    `div.note.${note.status}`,
    { id: `note-${note.number}` },
    h("p.note-title", null, sign(note.status), " ", foreign(note.criterion)),
    needs(note),
    note.reasoning ? passage("p", note.reasoning) : null,
    note.quote ? h("p.quote", { dir: "auto" }, "“", shown(note.quote), "”") : null,
  );
}
function lostRow(stream, call, account) {
  const news = call?.error && call.error !== account.row.error ? call.error : "";
  const after = call && (call.seconds ?? null) !== null ? h("span.muted", null, ` · after ${duration(call.seconds)}`) : null;
  const body = h("div.message", null, h("p.who", null, foreign(folded(stream.agent || "Agent", 80)), after), stream.text ? passage("p.text", stream.text) : null, streamView(stream, stream.turn ?? 0, news));
  return row(stream.outcome === "complete" && !call?.error ? "agent" : "agent lost", body);
}
function callRow(call) {
  const running = (call.seconds ?? null) === null;
  const who = foreign(folded(call.agent || call.role, 80));
  if (call.error && !running) return row("lost", h("div.message", null, h("p.who", null, who, h("span.muted", null, ` · after ${duration(call.seconds)}`)), passage("p.stream-error", call.error)));
  return row(
    call.role === "user" ? "user" : "agent",
    h("div.message.arriving", { "aria-live": "polite" }, h("p.who", null, who, h("span.muted", null, call.role === "judge" ? " · is judging" : " · is answering")), h("p.text", { dir: "auto" }, shown(call.partial ?? ""), h("span.caret", { "aria-hidden": "true" }))),
  );
}
const WORDS = [
  [true, "Met"],
  [false, "Not met"],
];
function labelButtons(one, keep) {
  const problem = h("span.label-problem", { role: "alert" });
  const buttons = WORDS.map(([met, word]) => h("button.chip", { type: "button", onclick: () => press(met) }, word));
  const draw = () => buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(one.met === WORDS[index][0])));
  const press = async (met) => {
    const wanted = one.met === met ? null : met;
    problem.textContent = "";
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
    try {
      await keep(one.criterion, wanted);
      one.met = wanted;
    } catch (error) {
      problem.textContent = `Not kept: ${error.message}`;
    }
    for (const button of buttons) button.removeAttribute("aria-disabled");
    draw();
  };
  draw();
  return h("span.label-choice", { role: "group", "aria-label": "Your own label" }, h("span.muted", null, "You say:"), buttons, problem);
}
const STATUSES = ["failed", "undecided", "invalid", "passed", "cancelled", "interrupted", "retried", "running"];
const CRITERIA_SHOWN = 6;
const FOUND_BY_THE_BROWSER = 100;
const UNFOUND = "Your browser's find in page sees the rows on the screen; the fields above go through all of them.";
const NARROW = matchMedia("(max-width: 640px)");
function tile(title, value, more) {
  return h("div.tile", null, h("dt", null, title), h("dd", null, value, more ? h("span.tile-more", null, more) : null));
}
function leftOut({ stopped, not_run: names }) {
  return h(
    "div.caution",
    { role: "note" },
    h("p", null, shown(stopped)),
    names?.length ? h("details", null, h("summary", null, `Not run: ${counted(names.length, "scenario")}`), h("ul", null, names.map(({ name, file }) => h("li", null, foreign(folded(name, 160)), file ? h("span.muted", null, " ", foreign(folded(file, 160))) : null)))) : null,
  );
}
function figuresView(figures) {
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
const ASKED = /^(\w+: )?(?:[^\n]{0,80}?: )?(?:GET|POST|PUT|PATCH) [^\s:]+:[^\s]*: (?:the answer is not whole \(\w+\): |the agent did not answer: )?/;
function reasonOf(row, words) {
  if (row.snippet) return passage("span", folded(row.snippet, 240), { words });
  if (row.error) return foreign(folded(row.error.replace(ASKED, "$1"), 200));
  if (row.needs && row.unmet?.length) return [needs(row), " · ", foreign(row.unmet.map((one) => folded(one, 120)).join(" · "))];
  if (row.unmet?.length) return foreign(row.unmet.map((one) => folded(one, 120)).join(" · "));
  if (row.reason) return foreign(folded(row.reason, 200));
  return h("span", null, row.met ? `${counted(row.met, "criterion").replace("criterions", "criteria")} met` : "");
}
function rowView(row, words = []) {
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
class OverviewPage {
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
    this._refreshing ||= setTimeout(() => {
      this._refreshing = 0;
      this._loadTop().catch(() => {}); // the state above says that there is no connection
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
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
function factsView(account) {
  const { row } = account;
  const facts = [
    row.tries > 1 || row.status === "retried" ? ["Try", `${row.tries ?? 1}${row.tried_for?.length ? `, after: ${row.tried_for.map((fault) => oneLine(fault, 40)).join(", ")}` : ""}`] : null,
    ["Turns", account.max_turns ? `${row.turns ?? 0} of at most ${account.max_turns}` : String(row.turns ?? 0)],
    ["Duration", duration(row.seconds)],
    ["First token", duration(row.ttft)],
    ["Tokens", row.tokens ? number(row.tokens) : "–"],
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
class ScenarioPage {
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
  arrive([kind, number]) {
    const target = kind === "message" ? document.getElementById(`m-${number - 1}`) : kind === "turn" ? document.getElementById(`m-turn-${number - 1}`) : this._words.length ? this.element.querySelector("mark.found")?.closest(".message") : null;
    if (!target) return false;
    target.focus({ preventScroll: true });
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
    } finally {
      this._loading = false;
    }
    if (bottom) scrollTo({ top: document.documentElement.scrollHeight });
  }
  move(step) {
    const messages = [...this.element.querySelectorAll(".message[id]")];
    const now = messages.indexOf(document.activeElement?.closest(".message"));
    const next = messages[now < 0 ? (step > 0 ? 0 : messages.length - 1) : Math.max(0, Math.min(messages.length - 1, now + step))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "center" });
  }
  close() {}
}
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
class PairPage {
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
function shares(row) {
  if (row.before_runs && row.after_runs) return ` ${row.before_passed}/${row.before_runs} → ${row.after_passed}/${row.after_runs} passed`;
  const word = (status) => STATUS[status]?.word.toLowerCase() ?? folded(status, 40);
  return ` ${word(row.before_status)} → ${word(row.after_status)}${row.after_fault ? ` (${oneLine(row.after_fault, 40)})` : ""}`;
}
class DiffPage {
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
class InvocationsPage {
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
  move(step) {
    const links = [...this.element.querySelectorAll(".invocation-link")];
    const now = links.indexOf(document.activeElement);
    links[now < 0 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, now + step))]?.focus();
  }
  close() {
    clearTimeout(this._refreshing);
  }
}
const THEMES = ["auto", "light", "dark"];
function remembered(storage, key) {
  try {
    return storage().getItem(key);
  } catch {
    return null; // files from disk may have no storage
  }
}
function remember(storage, key, value) {
  try {
    storage().setItem(key, value);
  } catch {
  }
}
function themeButton() {
  const button = h("button.quiet.theme", { type: "button" });
  const apply = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.replaceChildren({ auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" }[theme]);
    button.setAttribute("aria-label", `Colours: ${theme}. Press to change.`);
  };
  let now = remembered(() => localStorage, "scenario-theme") ?? "auto";
  if (!THEMES.includes(now)) now = "auto";
  apply(now);
  button.addEventListener("click", () => {
    now = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    remember(() => localStorage, "scenario-theme", now);
    apply(now);
  });
  return button;
}
function token() {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given) {
    remember(() => localStorage, "scenario-token", given);
    history.replaceState(null, "", "#/");
  }
  let own = given ?? "";
  return () => (own = remembered(() => localStorage, "scenario-token") ?? own);
}
function partsOf(hash) {
  try {
    return hash.replace(/^#\/?/, "").split("/").map((part) => decodeURIComponent(part));
  } catch {
    return [""];
  }
}
class App {
  constructor(source) {
    this._source = source;
    this._filter = { status: new Set(), text: "", search: "", criterion: "", order: "worst" };
    this._places = new Map();
    this._main = h("main", { id: "main", tabindex: "-1" });
    this._state = h("span.live-state", { role: "status" });
    this._help = h("dialog.help", { "aria-label": "Keys" }, h("h2", null, "Keys"), h("dl", null, [["j, ↓", "next scenario or message"], ["k, ↑", "the one before"], ["Enter", "open it"], ["n, p", "next and previous scenario"], ["u, Esc", "back to the list"], ["/", "search the conversations"], ["?", "these keys"]].map(([key, word]) => [h("dt", null, key), h("dd", null, word)])), h("button.quiet", { type: "button", onclick: () => this._help.close() }, "Close"));
    const skip = (word, target) => h("a.skip", { href: "#", onclick: (event) => { event.preventDefault(); target()?.focus(); } }, word);
    document.body.prepend(
      h("nav.skips", { "aria-label": "Skip" }, skip("Skip to the content", () => this._main), skip("Skip to the search", () => document.getElementById("search"))),
      h("header.bar-top", null, h("a.brand", { href: "#/" }, h("span.brand-mark", { "aria-hidden": "true" }, "◆"), "Scenario"), this._state, h("span.spring"), h("button.quiet.keys", { type: "button", onclick: () => this._help.showModal() }, "Keys"), themeButton()),
      this._main,
      this._help,
    );
    addEventListener("hashchange", () => {
      if (location.hash.startsWith("#token=")) {
        token(); // the address of a server that was started anew, in the tab of the one before
      }
      this._route();
    });
    addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href]");
      if (link && link.getAttribute("href") === location.hash) this._page.arrive?.(partsOf(location.hash).slice(2));
    });
    addEventListener("keydown", (event) => this._key(event));
    addEventListener("beforeprint", () => {
      for (const frame of document.querySelectorAll(".timeline-frame:empty")) frame.dispatchEvent(new Event("near"));
      for (const all of document.querySelectorAll(".all")) if (!all.closest(".event")) all.click(); // paper has no buttons
      for (const details of document.querySelectorAll("details.tool-fold:not([open])")) {
        details.open = true;
        details.dataset.printed = "true";
      }
    });
    addEventListener("afterprint", () => {
      for (const details of document.querySelectorAll("details[data-printed]")) {
        details.open = false;
        delete details.dataset.printed;
      }
    });
    if (source.live) this._followStore();
    history.scrollRestoration = "manual";
    this._route();
  }
  _followStore() {
    this._source.follow((news) => {
      if (news.connected !== undefined) {
        this._state.textContent = news.connected ? "Live" : news.problem || "Not connected, trying again";
        this._state.classList.toggle("on", news.connected);
        if (news.connected && this._lost) this._shown ? this._page.load().catch(() => {}) : this._route();
        this._lost = !news.connected;
      }
      if (!news.rows?.length) return;
      this._page.changed?.(news.rows);
      if (this._kept && this._kept.page !== this._page) this._kept.page.changed(news.rows);
    });
  }
  _pageOf(parts) {
    const [kind, ...ids] = parts;
    const source = this._source;
    if (kind === "run" && ids[0]) return new ScenarioPage(source, ids[0], { list: this._kept?.hash, rows: this._rows ?? source._rows ?? [], words: source.wordsOf(this._filter.search) });
    if (kind === "pair" && ids[1]) return new PairPage(source, ids[0], ids[1]);
    if (source.live && kind === "diff" && ids[1]) return new DiffPage(source, ids[0], ids[1]);
    if (source.live && kind === "in" && ids[0]) return new OverviewPage(source, { invocation: ids[0], title: "Run", filter: this._filter });
    if (source.live && kind !== "all") return new InvocationsPage(source);
    return new OverviewPage(source, { title: source.live ? "All scenarios" : "", filter: this._filter });
  }
  async _route() {
    const before = this._page;
    if (before) {
      this._places.set(this._hash, scrollY);
      if (before.list) {
        this._rows = before.list.rows;
        if (this._shown) this._kept = { hash: this._hash, page: before };
      }
    }
    this._hash = location.hash || "#/";
    const parts = partsOf(this._hash);
    if (this._shown && before.id && parts[0] === "run" && parts[1] === before.id) {
      this._settle(parts.slice(2)); // another place of the same page
      return;
    }
    before?.close();
    this._shown = false;
    if (this._kept?.hash === this._hash && this._kept.page !== before) {
      this._page = this._kept.page;
      replaceChildren(this._main, this._page.element);
      this._page.reopen();
      this._arrived(parts, before);
      return;
    }
    const page = this._pageOf(parts);
    this._page = page;
    replaceChildren(this._main, page.element);
    scrollTo(0, 0);
    try {
      await page.load();
    } catch (error) {
      if (this._page === page) replaceChildren(this._main, h("div.page", null, notice("This cannot be shown.", error.message), h("p", null, h("a", { href: "#/" }, "← To the beginning"))));
      return;
    }
    if (this._page === page) this._arrived(parts, before);
  }
  _arrived(parts, before) {
    const page = this._page;
    this._shown = true;
    document.title = `${visible(page.title || this._source.title)} · Scenario`;
    this._settle(parts.slice(2));
    if (!before || document.activeElement !== document.body || page.list?.refocus()) return;
    this._main.querySelector("h1")?.focus({ preventScroll: true });
  }
  _settle(place) {
    const known = this._places.has(this._hash) && (!place.length || history.state?.seen);
    if (known || !this._page.arrive?.(place)) scrollTo(0, this._places.get(this._hash) ?? 0);
    try {
      history.replaceState({ seen: true }, "");
    } catch {
    }
    document.documentElement.dataset.ready = String(Number(document.documentElement.dataset.ready ?? 0) + 1);
  }
  _key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this._help.open) return;
    const target = event.target;
    if (target.matches?.("input, select, textarea")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    const scrolls = target.closest?.(".events, pre, .scroll");
    const page = this._page;
    const go = (row) => row && (location.hash = `#/run/${encodeURIComponent(row.id)}`);
    const move = (step) => (page.list ? page.list.move(step) : page.move?.(step));
    const actions = {
      j: () => move(1),
      k: () => move(-1),
      ArrowDown: () => !scrolls && (page.list?.element.contains(target) || target.matches?.(".message, .invocation-link")) && (move(1), true),
      ArrowUp: () => !scrolls && (page.list?.element.contains(target) || target.matches?.(".message, .invocation-link")) && (move(-1), true),
      n: () => go(page.after),
      p: () => go(page.before),
      u: () => this._up(),
      Escape: () => this._up(),
      "/": () => document.getElementById("search")?.focus(),
      "?": () => this._help.showModal(),
    };
    const action = actions[event.key];
    if (action && action() !== false) event.preventDefault();
  }
  _up() {
    const path = this._main.querySelector(".path a");
    if (!path && this._page.list) return false;
    location.hash = path?.getAttribute("href") ?? "#/";
    return true;
  }
}
async function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const source = data.live ? new LiveSource(token()) : await EmbeddedSource.open(data);
  document.querySelector(".needs")?.remove();
  new App(source);
}
start().catch((error) => {
  const lacking = typeof DecompressionStream === "undefined" ? document.querySelector(".needs").textContent : `The file is damaged, or was not loaded to its end (${error.message}). Have the report written again.`;
  document.querySelector(".needs")?.remove();
  document.body.prepend(h("main", null, h("div.page", null, notice("This report cannot be shown.", lacking))));
});
})();
