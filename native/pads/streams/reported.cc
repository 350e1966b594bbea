// How are nested latency queries told from each other?
// SPDX-License-Identifier: MPL-2.0
#include "pads/streams/reported.h"

#include <algorithm>

namespace pyro::pads {
namespace {

std::atomic<bool> came{false};
// The innermost answer that this thread is in. Not a thread-local of ours: threads/thread-record.h says why.
GPrivate innermost = G_PRIVATE_INIT(nullptr);

// Below "no limit", which stays what it is.
uint64_t less(uint64_t whole, uint64_t part) {
  if (whole == GST_CLOCK_TIME_NONE) return part == GST_CLOCK_TIME_NONE ? 0 : whole;
  return whole > part ? whole - part : 0;
}

}  // namespace

LatencyAnswer::LatencyAnswer(PadState &state)
    : state_(state), outer_(static_cast<LatencyAnswer *>(g_private_get(&innermost))) {
  g_private_set(&innermost, this);
}

LatencyAnswer::~LatencyAnswer() { g_private_set(&innermost, outer_); }

void LatencyAnswer::take(GstQuery *query) {
  gboolean live = FALSE;
  GstClockTime min = 0, max = 0;
  gst_query_parse_latency(query, &live, &min, &max);
  if (outer_) {
    outer_->upstream_min_ = std::max(outer_->upstream_min_, min);
    outer_->upstream_max_ = std::max(outer_->upstream_max_, max);
  }
  if (min == GST_CLOCK_TIME_NONE) return;
  Reported &reported = state_.reported;
  reported.live.store(live != FALSE, std::memory_order_relaxed);
  reported.min_ns.store(less(min, upstream_min_), std::memory_order_relaxed);
  reported.max_ns.store(less(max, upstream_max_), std::memory_order_relaxed);
  reported.answers.fetch_add(1, std::memory_order_release);
  came.store(true, std::memory_order_release);
}

bool answers_came() { return came.exchange(false, std::memory_order_acq_rel); }

}  // namespace pyro::pads
