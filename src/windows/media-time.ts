// How much media is in some buffers, by the caps of the pad that got them? Milliseconds, or null where caps tell no rate. Pure.
// SPDX-License-Identifier: MPL-2.0

export interface Counted {
  buffers: number;
  bytes: number;
}

/** As the topology shows them: "video/x-raw, format=I420, framerate=30/1, …". */
export function mediaMs(caps: string, counted: Counted): number | null {
  const [type = "", ...rest] = caps.split(", ");
  const fields = new Map(rest.map((field) => [field.split("=", 1)[0], field.slice(field.indexOf("=") + 1)] as const));
  const of = (name: string): string => fields.get(name) ?? "";
  const media = type.replace(/\(.*$/, "");
  if (/^(video|image)\//.test(media)) return videoMs(of("framerate"), of("alignment"), counted);
  const rate = Number(of("rate"));
  if (!media.startsWith("audio/") || !(rate > 0)) return null;
  const samples = media === "audio/x-raw" ? rawSamples(of("format"), Number(of("channels")), counted.bytes) : null;
  const coded = samplesOfFrame(media, of("mpegversion"));
  const all = samples ?? (coded === null ? null : coded * counted.buffers);
  return all === null ? null : (1000 * all) / rate;
}

/** One buffer is one picture unless the caps say otherwise. */
function videoMs(framerate: string, alignment: string, { buffers }: Counted): number | null {
  const [n, d] = framerate.split("/").map(Number);
  const whole = alignment === "" || ["au", "frame", "tu"].includes(alignment);
  return whole && n !== undefined && d !== undefined && n > 0 && d > 0 ? (1000 * buffers * d) / n : null;
}

/** "S16LE", "F32LE", "S24_32LE": the last number is the room that a sample takes. */
function rawSamples(format: string, channels: number, bytes: number): number | null {
  const bits = Number(/^[SUF](?:\d+_)?(\d+)/.exec(format)?.[1]);
  return bits > 0 && channels > 0 ? bytes / ((bits / 8) * channels) : null;
}

/** Of codecs whose frames all have the same number of samples, one frame a buffer. */
function samplesOfFrame(media: string, mpegversion: string): number | null {
  if (media === "audio/mpeg" && (mpegversion === "4" || mpegversion === "2")) return 1024;
  return media === "audio/x-ac3" ? 1536 : null;
}
