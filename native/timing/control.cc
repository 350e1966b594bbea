// What becomes of a frame that carries no data?
// SPDX-License-Identifier: MPL-2.0
#include "timing/control.h"

namespace pyro::timing {
namespace {

// The rest of the frames is for data: what it counts must not give way to what is told besides.
constexpr uint32_t kMostControl = threads::kMaxDepth / 2;

}  // namespace

uint32_t enter_control(threads::ThreadRecord *thread, wire::Segment *segment, const void *key, uint32_t kind) {
  if (!thread || !segment || thread->session != threads::session_number()) return 0;
  if (thread->depth >= kMostControl) return 0;
  const Hop hop{nullptr, thread->element.load(std::memory_order_relaxed), 0, false};
  return enter(*thread, *segment, key, kind, hop);
}

ControlTime leave_control(threads::ThreadRecord &thread, wire::Segment &segment, const void *key, uint32_t kind,
                          uint32_t depth) {
  const uint64_t end = clock::now_ticks();
  const auto mine = [&] {
    return thread.depth == depth && thread.frames[depth - 1].key == key && thread.frames[depth - 1].kind == kind;
  };
  if (depth == 0 || (!mine() && !rebalance(thread, segment, key, kind, depth))) return {};
  const threads::Frame &frame = thread.frames[depth - 1];
  uint64_t inclusive = end - frame.start;
  if (static_cast<int64_t>(inclusive) < 0) {  // moved to a core whose clock lags
    segment.counters.add(wire::kClockBackwards);
    inclusive = 0;
  }
  const uint64_t exclusive = inclusive > frame.children ? inclusive - frame.children : 0;
  thread.depth = depth - 1;
  thread.element.store(frame.element, std::memory_order_relaxed);
  bool nested = false;
  if (thread.depth > 0) {
    threads::Frame &parent = thread.frames[thread.depth - 1];
    parent.children += inclusive;
    nested = parent.key == key && parent.kind == kind;
  } else if (thread.root_end != 0) {
    thread.root_end += inclusive;
  }
  return {true, nested, clock::ticks_to_ns(inclusive), clock::ticks_to_ns(exclusive)};
}

}  // namespace pyro::timing
