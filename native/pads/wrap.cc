// What happens when a pad is wrapped, and in every wrapped call?
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap.h"

#include "pads/passage.h"
#include "threads/live.h"
#include "threads/thread-table.h"

namespace pyro::pads {
namespace {

const Owner *owner = nullptr;
std::atomic<bool> recording{true};
std::atomic<bool> wrapping{false};
gpointer default_chain_list = nullptr;

constexpr uint32_t cell_kind(Kind kind) { return kind == kGetRange ? wire::kCellPull : wire::kCellChain; }

wire::Flow flow_of(GstFlowReturn flow) {
  switch (flow) {
    case GST_FLOW_OK:
      return wire::kFlowOk;
    case GST_FLOW_EOS:
      return wire::kFlowEos;
    case GST_FLOW_FLUSHING:
      return wire::kFlowFlushing;
    case GST_FLOW_NOT_LINKED:
      return wire::kFlowNotLinked;
    case GST_FLOW_NOT_NEGOTIATED:
      return wire::kFlowNotNegotiated;
    case GST_FLOW_ERROR:
      return wire::kFlowError;
    case GST_FLOW_NOT_SUPPORTED:
      return wire::kFlowNotSupported;
    default:
      return wire::kFlowOther;
  }
}

// A copy of our wrapper sits on another pad (somebody copied the pointer), which has no function for its level: nothing
// can be called.
void count_orphan() {
  if (wire::Segment *segment = threads::live_segment()) segment->counters.add(wire::kWrapOrphan);
}

// Starts the session at the first buffer of the process, or of a forked child: there the record that `thread` points to
// was the parent's and is forgotten.
wire::Segment *segment_for_call(threads::ThreadRecord *&thread) {
  wire::Segment *segment = threads::live_segment();
  if (__builtin_expect(segment != nullptr, 1)) return segment;
  owner->activity();
  thread = threads::current();
  return threads::live_segment();
}

bool is_resolved(const PadState &state, uint64_t session) {
  return state.resolved_session == session && state.resolved_links == state.relinked.load(std::memory_order_relaxed) &&
         state.resolved_topology == topology_generation();
}

void resolve(PadState &state, Kind kind, uint64_t session) {
  state.resolved_links = state.relinked.load(std::memory_order_relaxed);
  state.resolved_topology = topology_generation();
  owner->resolve(state, kind);
  state.resolved_session = session;
}

// One timed call. Everything that leave needs is copied: the pad's state may be gone when the function returns.
class Call {
 public:
  Call(GstPad *pad, PadState &state, Kind kind, threads::ThreadRecord *thread) : pad_(pad), kind_(cell_kind(kind)) {
    if (__builtin_expect(!recording.load(std::memory_order_relaxed), 0)) return;
    wire::Segment *segment = segment_for_call(thread);
    if (__builtin_expect(!segment, 0)) return;
    if (__builtin_expect(!thread, 0) && !(thread = threads::register_current())) return;  // counted by the table
    const uint64_t session = threads::session_number();
    if (__builtin_expect(thread->session != session, 0)) forget_frames(*thread, session);
    if (__builtin_expect(!is_resolved(state, session), 0)) resolve(state, kind, session);
    segment_ = segment;
    session_ = session;
    thread_ = thread;
    hop_ = state.hop;
    depth_ = timing::enter(*thread, *segment, pad, kind_, hop_);
  }

  void leave(GstFlowReturn flow, uint64_t buffers, uint64_t bytes) {
    // Not in a child that was forked inside the call: its own segment may lie where its parent's was.
    if (segment_ && threads::live_segment() == segment_ && threads::session_number() == session_)
      timing::leave(*thread_, *segment_, pad_, kind_, depth_, hop_, {buffers, bytes}, flow_of(flow));
  }

 private:
  static void forget_frames(threads::ThreadRecord &thread, uint64_t session) {
    thread.depth = 0;
    thread.driver = 0;
    thread.session = session;
  }

  GstPad *const pad_;
  const uint32_t kind_;
  wire::Segment *segment_ = nullptr;  // nullptr = not timed, and nothing below is set
  threads::ThreadRecord *thread_;
  uint64_t session_;
  timing::Hop hop_;
  uint32_t depth_;
};

template <typename Function>
Function original(PadState *state, Kind kind, uint32_t level) {
  return state ? reinterpret_cast<Function>(state->originals[kind].function[level].load(std::memory_order_acquire))
               : nullptr;
}

template <uint32_t level>
GstFlowReturn chain(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadChainFunction>(state, kChain, level);
  if (__builtin_expect(!function, 0)) {
    count_orphan();
    gst_buffer_unref(buffer);
    return GST_FLOW_ERROR;
  }
  const uint64_t bytes = gst_buffer_get_size(buffer);  // the function takes the buffer away
  Call call(pad, *state, kChain, thread);
  const GstFlowReturn flow = function(pad, parent, buffer);
  call.leave(flow, 1, bytes);
  return flow;
}

template <uint32_t level>
GstFlowReturn chain_list(GstPad *pad, GstObject *parent, GstBufferList *list) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadChainListFunction>(state, kChainList, level);
  if (__builtin_expect(!function, 0)) {
    count_orphan();
    gst_buffer_list_unref(list);
    return GST_FLOW_ERROR;
  }
  const uint64_t buffers = gst_buffer_list_length(list);
  const uint64_t bytes = gst_buffer_list_calculate_size(list);
  Call call(pad, *state, kChainList, thread);
  const GstFlowReturn flow = function(pad, parent, list);
  call.leave(flow, buffers, bytes);
  return flow;
}

template <uint32_t level>
GstFlowReturn get_range(GstPad *pad, GstObject *parent, guint64 offset, guint length, GstBuffer **buffer) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadGetRangeFunction>(state, kGetRange, level);
  if (__builtin_expect(!function, 0)) {
    count_orphan();
    return GST_FLOW_ERROR;
  }
  Call call(pad, *state, kGetRange, thread);
  const GstFlowReturn flow = function(pad, parent, offset, length, buffer);
  const bool delivered = flow == GST_FLOW_OK && buffer && *buffer;
  call.leave(flow, delivered ? 1 : 0, delivered ? gst_buffer_get_size(*buffer) : 0);
  return flow;
}

template <uint32_t... level>
struct Wrappers {
  gpointer function[kKindCount][sizeof...(level)] = {
      {reinterpret_cast<gpointer>(&chain<level>)...},
      {reinterpret_cast<gpointer>(&chain_list<level>)...},
      {reinterpret_cast<gpointer>(&get_range<level>)...},
  };
};
const Wrappers<0, 1, 2, 3, 4, 5, 6, 7> wrappers;
static_assert(sizeof(wrappers.function[0]) / sizeof(gpointer) == kLevels);

bool is_ours(Kind kind, gpointer function) {
  for (const gpointer wrapper : wrappers.function[kind])
    if (wrapper == function) return true;
  return false;
}

// The level that stands for `function`, appended if new; kLevels when all are used.
uint32_t level_for(Originals &originals, gpointer function) {
  const uint32_t count = originals.count.load(std::memory_order_relaxed);
  for (uint32_t level = 0; level < count; level++)
    if (originals.function[level].load(std::memory_order_relaxed) == function) return level;
  if (count == kLevels) return kLevels;
  originals.function[count].store(function, std::memory_order_release);
  originals.count.store(count + 1, std::memory_order_release);
  return count;
}

void count_unwrapped(wire::Counter why) {
  if (wire::Segment *segment = threads::live_segment()) segment->counters.add(why);
}

// Under the registry's mutex: one writer of originals at a time. GStreamer itself reads and writes `slot` unlocked.
void wrap_slot(PadState &state, Kind kind, gpointer *slot) {
  gpointer function = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (!function || is_ours(kind, function) || (kind == kChainList && function == default_chain_list)) return;
  const uint32_t level = level_for(state.originals[kind], function);
  if (level == kLevels) {
    if (state.originals[kind].refused != function) count_unwrapped(wire::kWrapLevelsFull);
    state.originals[kind].refused = function;
    return;
  }
  // Never a plain store: whoever set another function meanwhile must win; the next look finds it.
  gpointer expected = function;
  if (!__atomic_compare_exchange_n(slot, &expected, wrappers.function[kind][level], false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_RELAXED))
    count_unwrapped(wire::kWrapRace);
}

void wrap_functions(PadState &state) {
  GstPad *pad = state.pad;
  if (GST_PAD_DIRECTION(pad) == GST_PAD_SINK) {
    wrap_slot(state, kChain, reinterpret_cast<gpointer *>(&GST_PAD_CHAINFUNC(pad)));
    wrap_slot(state, kChainList, reinterpret_cast<gpointer *>(&GST_PAD_CHAINLISTFUNC(pad)));
  } else {
    wrap_slot(state, kGetRange, reinterpret_cast<gpointer *>(&GST_PAD_GETRANGEFUNC(pad)));
  }
}

gpointer learn_default_chain_list() {
  GstPad *pad = GST_PAD(gst_object_ref_sink(gst_pad_new("default", GST_PAD_SINK)));
  const gpointer function = reinterpret_cast<gpointer>(GST_PAD_CHAINLISTFUNC(pad));
  gst_object_unref(pad);
  return function;
}

// GStreamer's own debug log prints the names of pad functions.
void name_for_logs() {
  static const char *const names[] = {"pyroscope_chain", "pyroscope_chain_list", "pyroscope_get_range"};
  for (uint32_t kind = 0; kind < kKindCount; kind++)
    for (const gpointer function : wrappers.function[kind])
      _gst_debug_register_funcptr(reinterpret_cast<GstDebugFuncPtr>(function), names[kind]);
  name_passages_for_logs();
}

}  // namespace

void prepare_wrapping(const Owner &new_owner) {
  owner = &new_owner;
  default_chain_list = learn_default_chain_list();
  name_for_logs();
}

bool is_wrapping() { return wrapping.load(std::memory_order_relaxed); }

void wrap_pad(PadState &state) {
  if (state.proxy) return wrap_passage(state.pad);
  lock_registry();
  wrap_functions(state);
  unlock_registry();
}

void look_again() {
  if (!is_wrapping()) return;
  for_each(
      [](PadState &state, void *) {
        if (state.proxy)
          wrap_passage(state.pad);
        else
          wrap_functions(state);
      },
      nullptr);
}

void set_engine(Engine engine) {
  const bool on = engine == Engine::kWrap;
  if (wrapping.exchange(on, std::memory_order_relaxed) == on) return;
  look_again();
}

void set_recording(bool on) { recording.store(on, std::memory_order_relaxed); }

}  // namespace pyro::pads
