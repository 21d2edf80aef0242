// Runs as a report has them: many to a block, deflated, in base64. scenario/report/files/packed.py writes them.

const END = "\x1e"; // of an event's data

/** What was deflated there; what is damaged raises. */
export async function inflated(base64) {
  const packed = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** The data of each event: the pieces, with what stands between them put back. */
function dataOf(pieces, lengths, between) {
  if (Array.isArray(pieces)) return pieces;
  let at = 0;
  return lengths.map((length) => pieces.slice(at, (at += length))).join(between).split(END);
}

function eventsIn([times, kinds, flags, pieces, lengths, between]) {
  const data = dataOf(pieces, lengths, between);
  return times.map((at, index) => [at, typeof kinds === "string" ? kinds : kinds[index], data[index], parseInt(flags[index], 16)]);
}

/** The account of a run, as the live page's server tells it. */
export function unpacked([account, events], row) {
  const streams = (account.streams ?? []).map((stream, index) => (events[index] ? { ...stream, events: eventsIn(events[index]) } : stream));
  return { ...account, row: account.row.id ? account.row : row, streams };
}
