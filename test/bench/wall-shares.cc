// How much of the time in which threads were blocked has a whole stack? Runs a pipeline under the tracer, reads the
// segment of its own process, and prints nanoseconds as JSON: of blocked threads with a stack to the thread's first
// frame (read at that look, or borrowed from an earlier one that is still valid), with a stack that ended early,
// without one, and of threads that were ready and waited for a CPU.
// SPDX-License-Identifier: MPL-2.0
//   wall-shares PIPELINE…       with the environment of a tracer that starts no agent
#include <gst/gst.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "own-segment.h"
#include "wire/segment.h"

namespace pyro {
namespace {

struct Shares {
  uint64_t real = 0, borrowed = 0, unfinished = 0, none = 0, runnable = 0, running = 0;
  std::map<std::string, uint64_t> why;  // of stacks that are not whole: by end and wait
};

void add(const wire::StackSample &sample, Shares *shares) {
  const uint64_t ns = sample.weight_ns;
  if (sample.header.kind != wire::kRecordBlockedSample) {
    shares->running += ns;
  } else if (sample.system_call == wire::kWaitCpu) {
    shares->runnable += ns;
  } else if (sample.end == wire::kEndRoot) {
    (sample.flags & wire::kSampleBorrowed ? shares->borrowed : shares->real) += ns;
  } else {
    (sample.end == wire::kEndNoStack ? shares->none : shares->unfinished) += ns;
    shares->why["end " + std::to_string(sample.end) + ", wait " + std::to_string(sample.system_call)] += ns;
  }
}

void drain(Shares *shares) {
  wire::Segment *segment = test::own_segment();
  if (!segment) return;
  wire::RingRead ring(segment->ring);
  for (uint32_t chunk = 0; chunk < wire::kChunkCount; chunk++) {
    const wire::ChunkView view = ring.peek(chunk);
    uint32_t records = 0, at = 0;
    for (; at < view.bytes; records++) {
      wire::StackSample sample;
      std::memcpy(&sample, view.from + at, sizeof sample);
      if (sample.header.size == 0) break;
      add(sample, shares);
      at += sample.header.size;
    }
    ring.advance(chunk, view.bytes, records);
  }
}

void run(GstElement *pipeline, Shares *shares) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  const auto over = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  GstMessage *message = nullptr;
  while (!message) {
    message = gst_bus_timed_pop_filtered(bus, 500 * GST_MSECOND, over);
    drain(shares);
  }
  gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}

void print(const Shares &shares) {
  std::printf(
      "{\"realNs\": %lu, \"borrowedNs\": %lu, \"unfinishedNs\": %lu, \"noStackNs\": %lu, \"runnableNs\": %lu, "
      "\"runningNs\": %lu, \"why\": {",
      shares.real, shares.borrowed, shares.unfinished, shares.none, shares.runnable, shares.running);
  const char *before = "";
  for (const auto &[why, ns] : shares.why) std::printf("%s\"%s\": %lu", std::exchange(before, ", "), why.c_str(), ns);
  std::printf("}, \"counters\": {");
  before = "";
  for (uint32_t i = 0; i < wire::kCounterCount; i++)
    if (strncmp(wire::kCounterInfo[i].name, "wall_", 5) == 0)
      std::printf("%s\"%s\": %lu", std::exchange(before, ", "), wire::kCounterInfo[i].name,
                  test::counter(static_cast<wire::Counter>(i)));
  std::printf("}}\n");
}

int measure(char **words) {
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launchv(const_cast<const gchar **>(words), &error);
  if (error) return fprintf(stderr, "%s\n", error->message), 1;
  Shares shares;
  run(pipeline, &shares);
  test::own_segment();  // a mapping of our own, so that the tracer's may go
  gst_deinit();
  drain(&shares);
  print(shares);
  return shares.real > 0 ? 0 : 1;
}

}  // namespace
}  // namespace pyro

int main(int, char **words) {
  // The segment has a host, so the tracer starts no agent; no process has this number, so nobody is waited for.
  setenv("GST_PYROSCOPE_HOST_PID", "2147483647", 1);
  gst_init(nullptr, nullptr);
  return pyro::measure(words + 1);
}
