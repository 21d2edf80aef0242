// Elements, made by code alone. Data becomes text and never markup: nothing here, or anywhere, parses a string as HTML.

import { STATUS, visible } from "./text.js";

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

/** Text of strangers, each script in its own direction. */
export function foreign(text, tag = "span") {
  return h(tag, { dir: "auto" }, visible(text));
}

/** Text of strangers with one passage of it marked; where it does not stand there word for word, nothing is. */
export function markedText(text, passages) {
  const whole = visible(text);
  const spans = [];
  for (const { quote, id, status } of passages) {
    const wanted = visible(quote).trim();
    const start = wanted ? whole.indexOf(wanted) : -1;
    if (start >= 0) spans.push({ start, end: start + wanted.length, id, status });
  }
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const nodes = [];
  let at = 0;
  for (const span of spans) {
    if (span.start < at) continue; // it overlaps one that is marked already
    nodes.push(whole.slice(at, span.start), h(`mark.${span.status}`, { id: span.id }, whole.slice(span.start, span.end)));
    at = span.end;
  }
  nodes.push(whole.slice(at));
  return nodes;
}

export function badge(status) {
  const { mark, word } = STATUS[status] ?? { mark: "?", word: String(status) };
  return h(`span.badge.${status in STATUS ? status : "unknown"}`, null, h("span.sign", { "aria-hidden": "true" }, mark), word);
}

export function sign(status) {
  const { mark, word } = STATUS[status] ?? { mark: "?", word: String(status) };
  return h(`span.sign.${status in STATUS ? status : "unknown"}`, { role: "img", "aria-label": word, title: word }, mark);
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
