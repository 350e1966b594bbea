// How is a pad's function replaced without overwriting a function that another thread sets at the same time?
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap/install.h"

#include "threads/live.h"

namespace pyro::pads {
namespace {

const gpointer *wrappers[kKindCount];

// The level of `function` in `originals`, where it is appended if new; kLevels if all levels are in use.
uint32_t level_for(Originals &originals, gpointer function) {
  const uint32_t count = originals.count.load(std::memory_order_relaxed);
  for (uint32_t level = 0; level < count; level++)
    if (originals.function[level].load(std::memory_order_relaxed) == function) return level;
  if (count == kLevels) return kLevels;
  originals.function[count].store(function, std::memory_order_release);
  originals.count.store(count + 1, std::memory_order_release);
  return count;
}

gpointer learn_default_list() {
  GstPad *pad = GST_PAD(gst_object_ref_sink(gst_pad_new("default", GST_PAD_SINK)));
  const gpointer function = reinterpret_cast<gpointer>(GST_PAD_CHAINLISTFUNC(pad));
  gst_object_unref(pad);
  return function;
}

}  // namespace

void offer_wrappers(Kind kind, const gpointer (&wrapper)[kLevels], const char *name_in_logs) {
  wrappers[kind] = wrapper;
  // GStreamer's own debug log prints the names of pad functions.
  for (const gpointer function : wrapper)
    _gst_debug_register_funcptr(reinterpret_cast<GstDebugFuncPtr>(function), name_in_logs);
}

gpointer *slot_of(GstPad *pad, Kind kind) {
  switch (kind) {
    case kChain:
      return reinterpret_cast<gpointer *>(&GST_PAD_CHAINFUNC(pad));
    case kChainList:
      return reinterpret_cast<gpointer *>(&GST_PAD_CHAINLISTFUNC(pad));
    case kGetRange:
      return reinterpret_cast<gpointer *>(&GST_PAD_GETRANGEFUNC(pad));
    case kEvent:
      return reinterpret_cast<gpointer *>(&GST_PAD_EVENTFUNC(pad));
    case kEventFull:
      return reinterpret_cast<gpointer *>(&GST_PAD_EVENTFULLFUNC(pad));
    case kQuery:
    case kKindCount:
      break;
  }
  return reinterpret_cast<gpointer *>(&GST_PAD_QUERYFUNC(pad));
}

bool is_ours(Kind kind, gpointer function) {
  for (uint32_t level = 0; level < kLevels; level++)
    if (wrappers[kind][level] == function) return true;
  return false;
}

bool is_default_list(gpointer function) {
  static const gpointer own = learn_default_list();
  return function == own;
}

bool wrap_slot(PadState &state, Kind kind) {
  gpointer *slot = slot_of(state.pad, kind);
  gpointer function = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (!function || is_ours(kind, function) || (kind == kChainList && is_default_list(function))) return false;
  const uint32_t level = level_for(state.originals[kind], function);
  if (level == kLevels) {
    if (state.originals[kind].refused != function) threads::count(wire::kWrapLevelsFull);
    state.originals[kind].refused = function;
    return false;
  }
  // Compare-and-swap, because a function that was set meanwhile must stay; the next call of wrap_slot wraps that one.
  gpointer expected = function;
  if (__atomic_compare_exchange_n(slot, &expected, wrappers[kind][level], false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return true;
  threads::count(wire::kWrapRace);
  return false;
}

}  // namespace pyro::pads
