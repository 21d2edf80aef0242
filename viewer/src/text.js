// How values are written for people, and how text of strangers is made safe to look at.

// Control characters, and format characters that reorder or hide what stands around them. The joiners and variation
// selectors that emoji and many scripts need are not among them.
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

function shownCharacter(character) {
  const code = character.codePointAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
}

/** The text with what cannot be seen written out; line feeds and tabs stay. */
export function visible(text) {
  return String(text ?? "").replace(/\r\n/g, "\n").replace(UNSEEN, shownCharacter);
}

/** The text on one line, cut. */
export function oneLine(text, limit) {
  const folded = visible(String(text ?? "").slice(0, 4 * limit).replace(/\s+/g, " ").trim());
  return folded.length > limit ? `${folded.slice(0, limit - 1)}…` : folded;
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
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
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
  errored: { mark: "!", word: "Errored" },
  inconclusive: { mark: "?", word: "Undecided" },
  cancelled: { mark: "–", word: "Cancelled" },
  interrupted: { mark: "–", word: "Interrupted" },
  running: { mark: "●", word: "Running" },
};

export const FAULTS = {
  test: "the test",
  agent: "the agent",
  judge: "the judge's model, not the agent",
  "user simulator": "the user simulator's model, not the agent",
  model: "a model's server, not the agent",
  configuration: "the configuration",
  wire: "the bytes on the wire",
  scenario: "Scenario itself",
};
