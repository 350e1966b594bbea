// What does an element say that it adds to the latency?
//
// Read from the answers to latency queries as they climb from a sink to its sources: an element's own part is its
// answer less the largest of the answers that it got itself. The same rule, and so the same figures, as GStreamer's own
// latency tracer with flags=reported. Queries without an answer, and pads of bins, say nothing.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/registry/pad-registry.h"

namespace pyro::pads {

// Around a source pad's query function, while it answers one latency query.
class LatencyAnswer {
 public:
  explicit LatencyAnswer(PadState &state);
  ~LatencyAnswer();
  LatencyAnswer(const LatencyAnswer &) = delete;
  LatencyAnswer &operator=(const LatencyAnswer &) = delete;
  // The function has answered.
  void take(GstQuery *query);

 private:
  PadState &state_;
  LatencyAnswer *const outer_;
  uint64_t upstream_min_ = 0, upstream_max_ = 0;  // the largest of the answers that it got
};

// True once after any answer came in; then every pad with a new one is to be published.
bool answers_came();

}  // namespace pyro::pads
