// How values are written for people, and how text of strangers is made safe to look at.

// Characters that nobody sees, or that reorder or hide what stands around them. The joiners and variation selectors that
// emoji and many scripts need are not among them. Terminals have the same list (scenario/report/terminal/glyphs.py).
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

/** The code of a character as programs write it, in letters that every font has: `\x1b`, `\u202e`. */
function codeOf(character) {
  const code = character.codePointAt(0).toString(16);
  if (code.length < 3) return `\\x${code.padStart(2, "0")}`;
  return code.length < 5 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}

/** The text with what cannot be seen written out; line feeds and tabs stay. */
export function visible(text) {
  return String(text ?? "").replace(/\r\n/g, "\n").replace(UNSEEN, codeOf);
}

/** The text in pieces: what is shown as it is, and every other one the code of what cannot be seen. */
export function visiblePieces(text) {
  const pieces = [];
  let at = 0;
  const whole = String(text ?? "").replace(/\r\n/g, "\n");
  for (const { 0: character, index } of whole.matchAll(UNSEEN)) {
    pieces.push(whole.slice(at, index), codeOf(character));
    at = index + character.length;
  }
  return [...pieces, whole.slice(at)];
}

/** Where to cut a text, so that no character is cut in two. */
export function cutAt(text, place) {
  return /[\ud800-\udbff]/.test(text[place - 1] ?? "") ? place - 1 : place;
}

/** The text on one line, cut; what cannot be seen is still in it. */
export function folded(text, limit) {
  const line = String(text ?? "").slice(0, 4 * limit).replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, cutAt(line, limit - 1))}…` : line;
}

/** The text on one line, cut, with what cannot be seen written out: for attributes and titles. */
export function oneLine(text, limit) {
  return visible(folded(text, limit));
}

const MARKS = { "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'" };
const AROUND = /^[\s"'`*_|>.…]+|[\s"'`*_|>.…]+$/g;

function likened(text) {
  return text.replace(/[“”„«»‘’]/g, (mark) => MARKS[mark]);
}

/**
 * Where a quote stands in a text, as [start, end]; null where it does not. As where a judge's quotes are checked, spaces,
 * line ends and the shapes of quotation marks are not compared.
 */
export function placeOf(text, quote) {
  const words = likened(quote).replace(AROUND, "").split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const pattern = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("\\s+");
  const found = new RegExp(pattern).exec(likened(text));
  return found && [found.index, found.index + found[0].length];
}

/** Where words that were searched for stand in a text, whatever their case. */
export function placesOf(text, words) {
  const places = [];
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return places; // the few letters that grow when they are made small
  for (const word of words) {
    const wanted = word.toLowerCase();
    for (let at = wanted ? lower.indexOf(wanted) : -1; at >= 0 && places.length < 500; at = lower.indexOf(wanted, at + wanted.length)) places.push([at, at + wanted.length]);
  }
  return places;
}

/** A duration as people read it: 7 ms, 340 ms, 2.4 s, 3 min 20 s. */
export function duration(seconds) {
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

export function dollars(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0 || value >= 0.1) return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return value >= 0.0001 ? `$${value.toFixed(4)}` : `$${value.toPrecision(2)}`;
}

export function number(value) {
  return Number(value ?? 0).toLocaleString("en-US");
}

/** A number and what it counts: 1 turn, 2 turns. */
export function counted(value, noun) {
  return value === 1 ? `1 ${noun}` : `${number(value)} ${noun}s`;
}

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

export function percent(part, whole) {
  if (!whole) return "–";
  const value = (100 * part) / whole;
  // Neither of the ends is said unless it is reached.
  if (part < whole && value > 99.5) return "99%";
  if (part > 0 && value < 0.5) return "<1%";
  return `${Math.round(value)}%`;
}

export function moment(epoch) {
  if (!epoch) return "";
  return new Date(epoch * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** JSON text, indented; text that is no JSON stays as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // it is no JSON, which agents are free to send
  }
}

export const STATUS = {
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
// What travelled shows that something is wrong, and not on which side.
const EITHER_SIDE = {
  ErrorReplyError: "the request, or the agent",
  AgentUnreachableError: "the address, or the agent's machine",
};

/** How many runs ended so, and, of those that are invalid, by whose faults. */
export function endedSo(status, count, faults) {
  const named = status === "invalid" ? Object.keys(faults ?? {}).filter(Boolean).map((fault) => oneLine(fault, 40)).join(", ") : "";
  return `${number(count)} ${STATUS[status].word.toLowerCase()}${named ? ` (${named})` : ""}`;
}

/** How often a run was tried, and why again. */
export function tries(row) {
  return `tried ${number(row.tries)} times${row.tried_for?.length ? `: ${row.tried_for.map((fault) => oneLine(fault, 40)).join(", ")}` : ""}`;
}

/** Whose fault an error was, in words. */
export function atFault(fault, error) {
  const kind = error.split(":", 1)[0];
  if (fault === "wire" && Object.hasOwn(EITHER_SIDE, kind)) return EITHER_SIDE[kind];
  return Object.hasOwn(FAULTS, fault) ? FAULTS[fault] : fault;
}
