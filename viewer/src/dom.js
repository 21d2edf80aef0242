// Elements, made by code alone. Data becomes text and never markup: nothing here, or anywhere, parses a string as HTML.

import { cutAt, folded, placeOf, placesOf, STATUS, visible, visiblePieces } from "./text.js";

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

/** An HTML element. Addresses are places of this page alone. */
export function h(tag, properties, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  const href = properties?.href;
  if (href !== undefined && href !== null && !String(href).startsWith("#")) throw new Error("a link leads out of the page");
  return filled(element, properties, children);
}

/** An SVG element. */
export function s(tag, properties, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

export function replaceChildren(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Text of strangers: what cannot be seen is written out, and looks unlike what was said. */
export function shown(text) {
  return visiblePieces(text).map((piece, index) => (index % 2 ? h("span.escape", null, piece) : piece));
}

/** Text of strangers, each script in its own direction. */
export function foreign(text, tag = "span") {
  return h(tag, { dir: "auto" }, shown(text));
}

/** Text with passages of it marked: what a judge quotes, and the words that were searched for. */
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

/** A text of any length: a very long one is shown as far as its beginning, or what is marked in it, and whole on demand. */
export function passage(tag, text, { quotes = [], words = [], limit = LONG } = {}) {
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

/** A block of text as it was sent, with a button that copies what is shown. */
export function block(text) {
  const copied = visible(text);
  return h("div.block", null, h("pre", { dir: "auto", tabindex: "0" }, shown(text)), copyButton(copied));
}

/** Copies text; absent where the browser lets no page do so. */
export function copyButton(text, word = "Copy") {
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

export function badge(status) {
  const { mark, word } = STATUS[status] ?? { mark: "?", word: String(status) };
  return h(`span.badge.${status in STATUS ? status : "unknown"}`, null, h("span.sign", { "aria-hidden": "true" }, mark), word);
}

export function sign(status) {
  const { mark, word } = STATUS[status] ?? { mark: "?", word: String(status) };
  return h(`span.sign.${status in STATUS ? status : "unknown"}`, { role: "img", "aria-label": word, title: word }, mark);
}

/** What could decide a criterion that was left open for want of it. */
export function needs(one) {
  return one.needs ? h("span.needed", null, "Undecided: needs ", shown(folded(one.needs, 80))) : null;
}

/** Parts of a whole as a bar. */
export function bar(parts, label) {
  const whole = parts.reduce((sum, [, count]) => sum + count, 0) || 1;
  return h(
    "span.bar",
    { role: "img", "aria-label": label },
    parts.filter(([, count]) => count).map(([status, count]) => h(`span.${status}`, { style: { "flex-grow": String(count / whole) } })),
  );
}

/** What is shown where there is nothing to show. */
export function notice(title, ...lines) {
  return h("div.notice", { role: "status" }, h("p.notice-title", null, title), lines.map((line) => h("p", null, line)));
}
