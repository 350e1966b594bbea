// How much media is in a file of an MPEG transport stream (ISO/IEC 13818-1), also in one that is still being written?
// SPDX-License-Identifier: MPL-2.0

const PACKET = 188;
const SYNC = 0x47;
/** Of a PES packet: video, then audio. */
const kinds = [
  [0xe0, 0xef],
  [0xc0, 0xdf],
] as const;
/** Time stamps count 90 000 a second, in 33 bits. */
const PER_MS = 90;
const AROUND = 2 ** 33;

/** From the first picture to the end of the last; of sound, where there is no video. null: nothing has a time here. */
export function mediaSpanMs(bytes: Uint8Array): number | null {
  for (const [from, to] of kinds) {
    const span = spanOf(timesOf(bytes, from, to));
    if (span !== null) return span;
  }
  return null;
}

/** The last one lasts as long as the others do on average. */
function spanOf(times: number[]): number | null {
  const [first] = times;
  if (first === undefined || times.length < 2) return null;
  const after = times.map((time) => ((time - first + AROUND * 1.5) % AROUND) - AROUND / 2);
  const between = after.reduce((most, time) => Math.max(most, time), 0) - Math.min(...after);
  return (between * times.length) / (times.length - 1) / PER_MS;
}

/** Presentation times of all PES packets of one kind, in the order of the file. */
function timesOf(bytes: Uint8Array, from: number, to: number): number[] {
  const times: number[] = [];
  for (let at = 0; at + PACKET <= bytes.length; at += PACKET) {
    const pes = beginningOfPes(bytes, at);
    if (pes === null) continue;
    const id = bytes[pes + 3] ?? 0;
    const hasTime = ((bytes[pes + 7] ?? 0) & 0x80) !== 0 && pes + 14 <= at + PACKET;
    if (id >= from && id <= to && hasTime) times.push(timeAt(bytes, pes + 9));
  }
  return times;
}

/** null: this packet begins none. */
function beginningOfPes(bytes: Uint8Array, at: number): number | null {
  const [sync = 0, high = 0, , control = 0, filled = 0] = bytes.subarray(at, at + 5);
  const isBeginning = sync === SYNC && (high & 0x40) !== 0 && (control & 0x10) !== 0;
  if (!isBeginning) return null;
  const pes = at + 4 + ((control & 0x20) === 0 ? 0 : filled + 1);
  const isPes = pes + 9 <= at + PACKET && bytes[pes] === 0 && bytes[pes + 1] === 0 && bytes[pes + 2] === 1;
  return isPes ? pes : null;
}

/** 33 bits in five bytes, with marker bits between; more than a bitwise operation can hold. */
function timeAt(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes.subarray(at, at + 5);
  return ((a >> 1) & 7) * 2 ** 30 + (b << 22) + ((c >> 1) << 15) + (d << 7) + (e >> 1);
}
