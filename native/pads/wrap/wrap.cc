// What happens when a pad is wrapped, and in every wrapped call?
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap/wrap.h"

#include "pads/streams/queues.h"
#include "pads/streams/stream-point.h"
#include "pads/wrap/control.h"
#include "pads/wrap/install.h"
#include "pads/wrap/original.h"
#include "pads/wrap/passed-call.h"
#include "pads/wrap/proxy-pads.h"
#include "pads/wrap/rewrap-probe.h"
#include "pads/wrap/wire-names.h"
#include "threads/live.h"
#include "threads/thread-table.h"
#include "timing/spans.h"

namespace pyro::pads {
namespace {

const Owner *owner = nullptr;
std::atomic<bool> wrapping{false};

// Starts the session at the first buffer of the process, or of a forked child: there the record that `thread` points to
// was the parent's and is forgotten.
wire::Segment *segment_for_call(threads::ThreadRecord *&thread) {
  wire::Segment *segment = threads::live_segment();
  if (__builtin_expect(segment != nullptr, 1)) return segment;
  owner->activity();
  thread = threads::current();
  return is_recording() ? threads::live_segment() : nullptr;  // a session in standby began
}

// Nothing is recorded, and yet the first buffer begins the session, of a forked child too, and its thread gets a
// record, without which a pad's state is looked up anew in each call. True: by now something is recorded.
[[gnu::cold, gnu::noinline]] bool prepare(threads::ThreadRecord *&thread) {
  if (!threads::live_segment()) {
    owner->activity();
    thread = threads::current();
  }
  if (threads::live_segment() && !thread) thread = threads::register_current();
  return is_recording();
}

bool is_resolved(const PadState &state, uint64_t session) {
  return state.resolved_session == session && state.resolved_links == state.relinked.load(std::memory_order_relaxed) &&
         state.resolved_topology == topology_generation();
}

GstPadProbeReturn look_first(GstPad *pad, GstPadProbeInfo *info, gpointer);

void resolve(PadState &state, Kind kind, uint64_t session) {
  if (__builtin_expect(state.replaced.load(std::memory_order_relaxed), 0)) add_rewrap_probe(state, look_first);
  state.resolved_links = state.relinked.load(std::memory_order_relaxed);
  state.resolved_topology = topology_generation();
  owner->resolve(state, kind);
  state.resolved_session = session;
}

// One timed call. Everything that leave needs is copied: the pad's state may be gone when the function returns.
class Call {
 public:
  Call(GstPad *pad, PadState &state, Kind kind, threads::ThreadRecord *thread) : pad_(pad), kind_(cell_kind(kind)) {
    wire::Segment *segment = segment_for_call(thread);
    if (__builtin_expect(!segment, 0)) return;
    if (__builtin_expect(!thread, 0) && !(thread = threads::register_current())) return;  // counted by the table
    const uint64_t session = threads::session_number();
    if (__builtin_expect(thread->session != session, 0)) forget_frames(*thread, session);
    if (__builtin_expect(!is_resolved(state, session), 0)) resolve(state, kind, session);
    if (thread->depth == 0 && !state.hop.driver_cell && state.hop.driver != 0 && thread->root_end != 0)
      owner->driver_cell(state);
    segment_ = segment;
    session_ = session;
    thread_ = thread;
    hop_ = state.hop;
    depth_ = timing::enter(*thread, *segment, pad, kind_, hop_);
  }

  bool timed() const { return segment_ && depth_ > 0; }
  uint64_t begin() const { return thread_->frames[depth_ - 1].start; }
  const threads::ThreadRecord &thread() const { return *thread_; }
  // What was noted until now is our time, not the element's.
  void begin_again() const { thread_->frames[depth_ - 1].start = clock::now_ticks(); }

  // Only with timed() and while spans are wanted. Pads that a filter leaves out have no cell, and no spans.
  void begin_span(uint64_t pts, const timing::TraceContext *carried) const {
    if (!hop_.cell) return;
    timing::begin_span(*thread_, *segment_, depth_, pts, carried);
    has_span_ = true;
  }

  // `pulled`: the time stamp of what was pulled.
  void leave(Kind kind, GstFlowReturn flow, uint64_t buffers, uint64_t bytes, uint64_t pulled = GST_CLOCK_TIME_NONE) {
    // Not in a child that was forked inside the call: its own segment may lie where its parent's was.
    const bool same = segment_ && threads::live_segment() == segment_ && threads::session_number() == session_;
    if (!same) return;
    // Also when none are wanted any more: else the thread's samples went on naming this one.
    if (__builtin_expect(has_span_, 0))
      timing::end_span(*thread_, *segment_, depth_,
                       {hop_.cell, span_kind(kind), flow_of(flow), buffers, bytes, pulled});
    timing::leave(*thread_, *segment_, pad_, kind_, depth_, hop_, {buffers, bytes}, flow_of(flow));
  }

 private:
  GstPad *const pad_;
  const uint32_t kind_;
  wire::Segment *segment_ = nullptr;  // nullptr = not timed, and nothing below is set
  threads::ThreadRecord *thread_ = nullptr;
  uint64_t session_;
  timing::Hop hop_;
  uint32_t depth_ = 0;
  mutable bool has_span_ = false;
};

// What is noted of a buffer besides its time: at the ends of a pipeline and of queues, and for spans. At nearly all
// pads nothing is.
class BufferTracking {
 public:
  // All that there is of it at those: two tests in the wrapper itself.
  template <typename Data>
  [[gnu::always_inline]] BufferTracking(PadState &state, const Call &call, Data *data) {
    if (__builtin_expect(state.noted || timing::spans_wanted(), 0)) begin(state, call, data);
  }
  void leave() const {
    if (__builtin_expect(queue_entry_.into != nullptr, 0)) queue_entry_.settle(clock::now_ticks());
    if (__builtin_expect(taken_from_ != nullptr, 0)) taken_from_->come_back();
  }

 private:
  [[gnu::noinline]] void begin(PadState &state, const Call &call, GstBuffer *buffer) {
    const bool none = is_none(state, call) || !buffer;
    if (timing::spans_wanted()) return traced(state, call, &buffer, buffer ? 1 : 0, none);
    if (none) return;
    add(state, call, buffer, nullptr);
    if (looked_) call.begin_again();
  }
  [[gnu::noinline]] void begin(PadState &state, const Call &call, GstBufferList *list) {
    const bool none = is_none(state, call);
    if (timing::spans_wanted()) return traced_list(state, call, list, none);
    if (none) return;
    const guint length = gst_buffer_list_length(list);
    for (guint i = 0; i < length; i++) add(state, call, gst_buffer_list_get(list, i), nullptr);
    if (looked_) call.begin_again();
  }
  static bool is_none(const PadState &state, const Call &call) {
    if (!state.noted) return true;
    if (call.timed()) return false;
    if (state.queue.output) state.queue.output->forget();
    return true;
  }
  // The span begins between what comes out of a queue, whose trace goes on, and what goes into one.
  void traced(PadState &state, const Call &call, GstBuffer *const *buffers, guint count, bool none) {
    timing::TraceContext carried{};
    for (guint i = 0; i < count && !none; i++) {
      const timing::TraceContext one = take(state, call, buffers[i]);
      if (!carried) carried = one;
    }
    if (looked_) call.begin_again();
    if (call.timed()) call.begin_span(count > 0 ? GST_BUFFER_PTS(buffers[0]) : GST_CLOCK_TIME_NONE, &carried);
    if (none) return;
    const timing::TraceContext context = timing::span_context(call.thread());
    for (guint i = 0; i < count; i++) fill(state, call, buffers[i], &context);
  }
  void traced_list(PadState &state, const Call &call, GstBufferList *list, bool none) {
    constexpr guint kMost = 64;  // of longer lists the rest is noted without a trace
    GstBuffer *buffers[kMost];
    const guint length = gst_buffer_list_length(list), first = length < kMost ? length : kMost;
    for (guint i = 0; i < first; i++) buffers[i] = gst_buffer_list_get(list, i);
    traced(state, call, buffers, first, none);
    for (guint i = first; i < length && !none; i++) add(state, call, gst_buffer_list_get(list, i), nullptr);
  }
  void add(PadState &state, const Call &call, GstBuffer *buffer, const timing::TraceContext *carries) {
    take(state, call, buffer);
    fill(state, call, buffer, carries);
  }
  timing::TraceContext take(PadState &state, const Call &call, GstBuffer *buffer) {
    if (state.point.load(std::memory_order_relaxed) &&
        note_stream(state, call.thread(), buffer, call.begin(), owner->sources_of))
      looked_ = true;
    taken_from_ = state.queue.output;
    if (!taken_from_) return {};
    return take_from_queue(state.queue, state.hop.transit, buffer, call.begin());
  }
  void fill(PadState &state, const Call &call, GstBuffer *buffer, const timing::TraceContext *carries) {
    queue_entry_.into = state.queue.input;
    if (queue_entry_.into) queue_entry_.add(buffer, call.begin(), carries);
  }

  QueueEntry queue_entry_;
  timing::Residence *taken_from_ = nullptr;  // never freed, as that of queue_entry_
  bool looked_ = false;                      // at where a buffer came from, which takes a while
};

// A call while nothing is recorded that must be looked up. `wrapper`: which one it is that was called.
template <uint32_t level, Kind kind, auto wrapper, typename... Arguments>
[[gnu::noinline]] GstFlowReturn pass_first(GstPad *pad, Arguments... arguments) {
  threads::ThreadRecord *thread = threads::current();
  if (__builtin_expect(!thread || !threads::live_segment(), 0) && prepare(thread)) return wrapper(pad, arguments...);
  const uint64_t now = epoch();  // before what is remembered is read
  if (thread) PassedCall::see_session(*thread);
  PadState *state = find(pad, thread);
  const auto function = original<decltype(wrapper)>(thread, state, kind, level);
  if (__builtin_expect(!function, 0)) return refuse(arguments...);
  if (state->noted && state->queue.output) state->queue.output->forget();  // nothing is known of it afterwards
  PassedCall::remember(thread, *state, {pad, mark_of(now, kind, level), reinterpret_cast<uint64_t>(function)});
  const PassedCall call(pad, kind, thread);
  return function(pad, arguments...);
}

// A call while nothing is recorded that is not the one that came next before: a root call, or it is looked up.
template <uint32_t level, Kind kind, auto wrapper, typename... Arguments>
[[gnu::noinline]] GstFlowReturn pass_root(GstPad *pad, Arguments... arguments) {
  threads::ThreadRecord *thread = threads::current();
  if (!thread || thread->depth != 0 || !threads::live_segment() || !is_as_before(thread->passed[0], pad, kind, level))
    return pass_first<level, kind, wrapper>(pad, arguments...);
  const auto function = reinterpret_cast<decltype(wrapper)>(thread->passed[0].function);
  const PassedCall call(pad, kind, thread);
  return function(pad, arguments...);
}

// All of a call while nothing is recorded.
template <uint32_t level, Kind kind, auto wrapper, typename... Arguments>
[[gnu::always_inline]] inline GstFlowReturn pass(GstPad *pad, Arguments... arguments) {
  const threads::Passed *passed = pass_as_before(threads::current(), pad, kind, level);
  if (__builtin_expect(!passed, 0)) return pass_root<level, kind, wrapper>(pad, arguments...);
  return reinterpret_cast<decltype(wrapper)>(passed->function)(pad, arguments...);
}

template <uint32_t level>
[[gnu::noinline]] GstFlowReturn timed_chain(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadChainFunction>(thread, state, kChain, level);
  if (__builtin_expect(!function, 0)) return refuse(parent, buffer);
  Call call(pad, *state, kChain, thread);
  // The function takes the buffer away. None is what elements give a function they saved, to drain it. Asked inside of
  // the call: a sample in here then finds the same element in the thread's word and on its stack.
  const uint64_t buffers = buffer != nullptr;
  const uint64_t bytes = buffer ? gst_buffer_get_size(buffer) : 0;
  const BufferTracking tracking(*state, call, buffer);
  const GstFlowReturn flow = function(pad, parent, buffer);
  tracking.leave();
  call.leave(kChain, flow, buffers, bytes);
  return flow;
}

template <uint32_t level>
[[gnu::noinline]] GstFlowReturn timed_chain_list(GstPad *pad, GstObject *parent, GstBufferList *list) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadChainListFunction>(thread, state, kChainList, level);
  if (__builtin_expect(!function, 0)) return refuse(parent, list);
  Call call(pad, *state, kChainList, thread);
  const uint64_t buffers = gst_buffer_list_length(list);
  const uint64_t bytes = gst_buffer_list_calculate_size(list);
  const BufferTracking tracking(*state, call, list);
  const GstFlowReturn flow = function(pad, parent, list);
  tracking.leave();
  call.leave(kChainList, flow, buffers, bytes);
  return flow;
}

template <uint32_t level>
[[gnu::noinline]] GstFlowReturn timed_get_range(GstPad *pad, GstObject *parent, guint64 offset, guint length,
                                                GstBuffer **buffer) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadGetRangeFunction>(thread, state, kGetRange, level);
  if (__builtin_expect(!function, 0)) return refuse(parent, offset, length, buffer);
  Call call(pad, *state, kGetRange, thread);
  if (__builtin_expect(timing::spans_wanted(), 0) && call.timed()) call.begin_span(GST_CLOCK_TIME_NONE, nullptr);
  const GstFlowReturn flow = function(pad, parent, offset, length, buffer);
  const bool delivered = flow == GST_FLOW_OK && buffer && *buffer;
  call.leave(kGetRange, flow, delivered ? 1 : 0, delivered ? gst_buffer_get_size(*buffer) : 0,
             delivered ? GST_BUFFER_PTS(*buffer) : GST_CLOCK_TIME_NONE);
  return flow;
}

// The wrappers. Timed calls are apart, so that one that passes saves no registers for them.
template <uint32_t level>
GstFlowReturn chain(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  if (__builtin_expect(is_recording(), 1)) return timed_chain<level>(pad, parent, buffer);
  return pass<level, kChain, chain<level>>(pad, parent, buffer);
}

template <uint32_t level>
GstFlowReturn chain_list(GstPad *pad, GstObject *parent, GstBufferList *list) {
  if (__builtin_expect(is_recording(), 1)) return timed_chain_list<level>(pad, parent, list);
  return pass<level, kChainList, chain_list<level>>(pad, parent, list);
}

template <uint32_t level>
GstFlowReturn get_range(GstPad *pad, GstObject *parent, guint64 offset, guint length, GstBuffer **buffer) {
  if (__builtin_expect(is_recording(), 1)) return timed_get_range<level>(pad, parent, offset, length, buffer);
  return pass<level, kGetRange, get_range<level>>(pad, parent, offset, length, buffer);
}

template <uint32_t... level>
struct Wrappers {
  const gpointer chain[kLevels] = {pointer(&pads::chain<level>)...};
  const gpointer chain_list[kLevels] = {pointer(&pads::chain_list<level>)...};
  const gpointer get_range[kLevels] = {pointer(&pads::get_range<level>)...};
};
const Wrappers<0, 1, 2, 3, 4, 5, 6, 7> wrappers;

// How many data functions were wrapped. Under the registry's mutex.
uint32_t wrap_functions(PadState &state) {
  wrap_control(state);
  if (GST_PAD_DIRECTION(state.pad) != GST_PAD_SINK) return wrap_slot(state, kGetRange);
  const uint32_t chain = wrap_slot(state, kChain);
  return chain + wrap_slot(state, kChainList);
}

// Found by the look a second: buffers may have gone by. From the next call on the pad is looked at before each.
void note_late(PadState &state, uint32_t count) {
  if (!GST_PAD_PEER(state.pad)) return;
  threads::count(wire::kWrapLate, count);
  state.replaced.store(true, std::memory_order_relaxed);
  state.relinked.fetch_add(1, std::memory_order_relaxed);  // brings the next call to resolve
}

// A function that found no level: its buffers are counted, without a time. Under the stream lock, as its call will be.
void count_untimed(PadState &state, Kind kind, const GstPadProbeInfo &info) {
  threads::ThreadRecord *thread = threads::current();
  wire::Segment *segment = is_recording() ? segment_for_call(thread) : nullptr;
  if (!segment) return;
  const uint64_t session = threads::session_number();
  if (!is_resolved(state, session)) resolve(state, kind, session);
  timing::Load load{1, 0};
  if (kind == kChainList) {
    GstBufferList *list = static_cast<GstBufferList *>(info.data);
    load = {gst_buffer_list_length(list), gst_buffer_list_calculate_size(list)};
  } else {
    load.bytes = gst_buffer_get_size(static_cast<GstBuffer *>(info.data));
  }
  timing::account_untimed(state.hop, load, wire::kFlowOther);  // what will be returned is not seen
}

GstPadProbeReturn look_first(GstPad *pad, GstPadProbeInfo *info, gpointer) {
  const Kind kind = info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST ? kChainList : kChain;
  gpointer *slot = slot_of(pad, kind);
  const gpointer function = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (!function || is_ours(kind, function) || (kind == kChainList && is_default_list(function)) || !is_wrapping())
    return GST_PAD_PROBE_OK;
  PadState *state = find(pad, threads::current());
  if (!state) return GST_PAD_PROBE_OK;
  lock_registry();
  wrap_slot(*state, kind);
  unlock_registry();
  if (!is_ours(kind, __atomic_load_n(slot, __ATOMIC_ACQUIRE))) count_untimed(*state, kind, *info);
  return GST_PAD_PROBE_OK;
}

// `wrapped`: told of each pad of which functions were found unwrapped, and how many.
void wrap_all(void (*wrapped)(PadState &state, uint32_t count)) {
  for_each(
      [](PadState &state, void *wrapped) {
        if (state.proxy)
          wrap_proxy_pad(state.pad);
        else if (const uint32_t count = wrap_functions(state))
          (*static_cast<decltype(&note_late) *>(wrapped))(state, count);
      },
      &wrapped);
}

}  // namespace

bool is_wrapping() { return wrapping.load(std::memory_order_relaxed); }

void prepare_wrapping(const Owner &new_owner) {
  owner = &new_owner;
  is_default_list(nullptr);  // learned here, under no lock
  offer_wrappers(kChain, wrappers.chain, "pyroscope_chain");
  offer_wrappers(kChainList, wrappers.chain_list, "pyroscope_chain_list");
  offer_wrappers(kGetRange, wrappers.get_range, "pyroscope_get_range");
  name_passages_for_logs();
  prepare_control(new_owner);
}

void wrap_pad(PadState &state) {
  if (state.proxy) return wrap_proxy_pad(state.pad);
  const auto chain_now = __atomic_load_n(&GST_PAD_CHAINFUNC(state.pad), __ATOMIC_RELAXED);
  const bool closure = is_closure(reinterpret_cast<gpointer>(chain_now), state.pad->chainnotify);
  lock_registry();
  wrap_functions(state);
  unlock_registry();
  if (closure) add_rewrap_probe(state, look_first);
}

void look_again() {
  if (is_wrapping()) wrap_all(note_late);
}

void set_engine(Engine engine) {
  const bool on = engine == Engine::kWrap;
  if (wrapping.exchange(on, std::memory_order_relaxed) != on && on) wrap_all([](PadState &, uint32_t) {});
}

}  // namespace pyro::pads
