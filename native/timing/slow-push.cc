// How is a pad's 99th percentile kept at hand?
// SPDX-License-Identifier: MPL-2.0
#include "timing/slow-push.h"

#include <algorithm>

namespace pyro::timing {
namespace {

// Below, a percentile is an accident.
constexpr uint64_t kFewCalls = 200;
// Then it is looked up once so many calls: 200 buckets are read for it.
constexpr uint64_t kLookCalls = 4096;

// Upper bound of the bucket that the 99th percentile lies in; never = too few calls, or it lies above all bounds.
uint64_t p99_of(const wire::Histogram &histogram, uint64_t calls) {
  uint64_t above = 0;
  for (int i = wire::kGridBuckets - 1; i >= 0; i--) {
    above += histogram.bucket[i].load(std::memory_order_relaxed);
    if (above * 100 >= calls)
      return i < wire::kGridBounds ? static_cast<uint64_t>(wire::Grid::bound_ns(i)) : UINT64_MAX;
  }
  return UINT64_MAX;
}

}  // namespace

bool is_slow(SlowPads &pads, const wire::Segment &segment, const wire::Cell *cell, uint64_t duration_ns) {
  const uint64_t limit = segment.control.span_slow_ns.load(std::memory_order_relaxed);
  if (limit != 0 && duration_ns >= limit) return true;
  if (!cell || segment.control.span_p99.load(std::memory_order_relaxed) == 0) return false;
  // All are chosen: one that was not is beyond the cap.
  if (segment.control.span_threshold.load(std::memory_order_relaxed) == 0) return false;
  const uint64_t calls = cell->invocations.load(std::memory_order_relaxed);
  if (calls < kFewCalls) return false;
  SlowPads::Known &known = pads.known[reinterpret_cast<uint64_t>(cell) / sizeof(wire::Cell) % SlowPads::kPads];
  if (known.cell != cell || calls - known.calls >= std::min(known.calls, kLookCalls))
    known = {cell, calls, p99_of(cell->inclusive, calls)};
  return duration_ns > known.p99_ns;
}

}  // namespace pyro::timing
