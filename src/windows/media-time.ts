// How much media is in some buffers, by the caps of the pad that got them? Milliseconds, or null where caps tell no rate. Pure.
// SPDX-License-Identifier: MPL-2.0

export interface Counted {
  buffers: number;
  bytes: number;
}

/** So long are buffers of a pad, in milliseconds. */
export type MediaRate = (counted: Counted) => number;

/** `caps` as the topology shows them: "video/x-raw, format=I420, framerate=30/1, …". */
export function mediaRate(caps: string): MediaRate | null {
  const [type = "", ...rest] = caps.split(", ");
  const fields = new Map(rest.map((field) => [field.split("=", 1)[0], field.slice(field.indexOf("=") + 1)] as const));
  const of = (name: string): string => fields.get(name) ?? "";
  const media = type.replace(/\(.*$/, "");
  if (/^(video|image)\//.test(media)) return videoRate(of("framerate"), of("alignment"));
  const rate = Number(of("rate"));
  if (!media.startsWith("audio/") || !(rate > 0)) return null;
  const sampleBytes = media === "audio/x-raw" ? bytesOfSample(of("format"), Number(of("channels"))) : null;
  if (sampleBytes !== null) return ({ bytes }) => (1000 * bytes) / sampleBytes / rate;
  const coded = samplesOfFrame(media, of("mpegversion"));
  return coded === null ? null : ({ buffers }) => (1000 * coded * buffers) / rate;
}

export const mediaMs = (caps: string, counted: Counted): number | null => mediaRate(caps)?.(counted) ?? null;

/** One buffer is one picture unless the caps say otherwise. */
function videoRate(framerate: string, alignment: string): MediaRate | null {
  const [n, d] = framerate.split("/").map(Number);
  const whole = alignment === "" || ["au", "frame", "tu"].includes(alignment);
  if (!whole || n === undefined || d === undefined || !(n > 0) || !(d > 0)) return null;
  return ({ buffers }) => (1000 * buffers * d) / n;
}

/** "S16LE", "F32LE", "S24_32LE": the last number is the room that a sample takes. */
function bytesOfSample(format: string, channels: number): number | null {
  const bits = Number(/^[SUF](?:\d+_)?(\d+)/.exec(format)?.[1]);
  return bits > 0 && channels > 0 ? (bits / 8) * channels : null;
}

/** Of codecs whose frames all have the same number of samples, one frame a buffer. */
function samplesOfFrame(media: string, mpegversion: string): number | null {
  if (media === "audio/mpeg" && (mpegversion === "4" || mpegversion === "2")) return 1024;
  return media === "audio/x-ac3" ? 1536 : null;
}
