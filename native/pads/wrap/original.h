// Which function does a wrapper of ours stand for in this call?
//
// The original of its level, always: elements save our wrapper and call it later. One case would never end: an element
// that puts its function in front of another one and looks first whether that is done already. It sees ours, does it
// again, and has saved our wrapper of itself. Without us it would have saved the function before it, so that is what it
// gets.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/wrap/install.h"
#include "threads/live.h"

namespace pyro::pads {

// Calls of one pad inside one another that no element makes on purpose; of our own wrappers at most kLevels are.
inline constexpr uint32_t kEndless = 64;

inline bool is_innermost(const threads::ThreadRecord *thread, const PadState &state) {
  return thread && thread->depth > 0 && thread->frames[thread->depth - 1].key == state.pad;
}

inline bool is_endless(const threads::ThreadRecord &thread, const PadState &state) {
  for (uint32_t i = thread.depth - kEndless; i < thread.depth; i++)
    if (thread.frames[i].key != state.pad) return false;
  return true;
}

namespace detail {
inline std::atomic<bool> any_selfish{false};
}  // namespace detail

inline void note_selfish(Originals &originals, uint32_t level) {
  originals.selfish.fetch_or(1u << level, std::memory_order_relaxed);
  detail::any_selfish.store(true, std::memory_order_relaxed);
  bump_epoch();  // from now on every call that passes has a frame (passed-call.h)
  threads::count(wire::kWrapLoop);
}

// Of a function that is selfish: called by itself (from inside a wrapper, or because it is in place unwrapped), it gets
// the one before it.
[[gnu::noinline]] inline gpointer original_of_selfish(const threads::ThreadRecord *thread, const PadState &state,
                                                      Kind kind, uint32_t level) {
  const Originals &originals = state.originals[kind];
  const gpointer function = originals.function[level].load(std::memory_order_acquire);
  if (!is_innermost(thread, state) && *slot_of(state.pad, kind) != function) return function;
  return level == 0 ? nullptr : originals.function[level - 1].load(std::memory_order_acquire);
}

// What the wrapper of `level` stands for in this call; nullptr = nothing that could be called. On the path of every
// buffer.
template <typename Function>
[[gnu::always_inline]] inline Function original(const threads::ThreadRecord *thread, PadState *state, Kind kind,
                                                uint32_t level) {
  if (__builtin_expect(!state, 0)) return nullptr;
  Originals &originals = state->originals[kind];
  if (__builtin_expect(thread && thread->depth >= kEndless, 0) && is_endless(*thread, *state))
    note_selfish(originals, level);
  if (__builtin_expect(originals.selfish.load(std::memory_order_relaxed) >> level & 1, 0))
    return reinterpret_cast<Function>(original_of_selfish(thread, *state, kind, level));
  return reinterpret_cast<Function>(originals.function[level].load(std::memory_order_acquire));
}

// A copy of our wrapper may sit on another pad, which has no function for its level: an orphan, and there is nothing to
// call.
[[gnu::cold]] inline GstFlowReturn refuse(GstObject *, GstBuffer *buffer) {
  threads::count(wire::kWrapOrphan);
  if (buffer) gst_buffer_unref(buffer);
  return GST_FLOW_ERROR;
}
[[gnu::cold]] inline GstFlowReturn refuse(GstObject *, GstBufferList *list) {
  threads::count(wire::kWrapOrphan);
  gst_buffer_list_unref(list);
  return GST_FLOW_ERROR;
}
[[gnu::cold]] inline GstFlowReturn refuse(GstObject *, guint64, guint, GstBuffer **) {
  threads::count(wire::kWrapOrphan);
  return GST_FLOW_ERROR;
}

}  // namespace pyro::pads
