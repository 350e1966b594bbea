// What does a column say? One word and one explanation for one thing, on the page and in the text.
// SPDX-License-Identifier: MPL-2.0

export const words = {
  cpu: "share of all CPU samples that fell on the element itself (self)",
  core: "CPU time of the element itself for each second that was watched: 100 is one core (%CPU of gst-top and top)",
  cpuMs: "the same in milliseconds of CPU time",
  total: "the same, of the element and everything that it called or that lies inside of it",
  exclusive: "time in the element’s own code for each buffer, mean; of a source, between two of its pushes",
  p50: "half of the buffers take at most this long (exclusive)",
  p99: "99 of 100 buffers take at most this long (exclusive)",
  max: "the longest that a buffer took (exclusive)",
  inclusive: "mean for each buffer, with all that runs downstream in the same call",
  ready: "share of the time in its functions and its loop that it could run, but waited for a CPU",
  blocked: "share of the time in its functions and its loop that it waited: for data, room or the clock",
  on: "what it waited in most",
  queue: "half of the buffers stay in this queue at most so long",
  level: "buffers in the queue at the end of the time that was watched, and the most at a time",
  in: "buffers received",
  out: "buffers received by the elements behind it",
  rate: "buffers, or frames, for each second that was watched; of a source, those that it sent",
  flow: "what it dropped, and what it returned besides ok",
} as const;
