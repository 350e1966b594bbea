// What happens at pad-added, at a link, and in every wrapped call?
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap.h"

#include "pads/original.h"
#include "pads/passage.h"
#include "pads/restless.h"
#include "threads/live.h"
#include "threads/thread-table.h"

namespace pyro::pads {
namespace {

const WrapOwner *owner = nullptr;
std::atomic<bool> recording{true};
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

GstPadProbeReturn look_first(GstPad *pad, GstPadProbeInfo *info, gpointer);

void resolve(PadState &state, Kind kind, uint64_t session) {
  if (__builtin_expect(state.restless.load(std::memory_order_relaxed), 0)) look_before_each_buffer(state, look_first);
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

template <uint32_t level>
GstFlowReturn chain(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadChainFunction>(thread, state, kChain, level);
  if (__builtin_expect(!function, 0)) {
    count_orphan();
    if (buffer) gst_buffer_unref(buffer);
    return GST_FLOW_ERROR;
  }
  // The function takes the buffer away. None is what elements give a function they saved, to drain it.
  const uint64_t buffers = buffer != nullptr;
  const uint64_t bytes = buffer ? gst_buffer_get_size(buffer) : 0;
  Call call(pad, *state, kChain, thread);
  const GstFlowReturn flow = function(pad, parent, buffer);
  call.leave(flow, buffers, bytes);
  return flow;
}

template <uint32_t level>
GstFlowReturn chain_list(GstPad *pad, GstObject *parent, GstBufferList *list) {
  threads::ThreadRecord *thread = threads::current();
  PadState *state = find(pad, thread);
  const auto function = original<GstPadChainListFunction>(thread, state, kChainList, level);
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
  const auto function = original<GstPadGetRangeFunction>(thread, state, kGetRange, level);
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
gpointer wrap_slot(PadState &state, Kind kind, gpointer *slot) {
  gpointer function = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (!function || is_ours(kind, function) || (kind == kChainList && function == default_chain_list)) return nullptr;
  const uint32_t level = level_for(state.originals[kind], function);
  if (level == kLevels) {
    if (state.originals[kind].refused != function) count_unwrapped(wire::kWrapLevelsFull);
    state.originals[kind].refused = function;
    return nullptr;
  }
  // Never a plain store: whoever set another function meanwhile must win; the next look finds it.
  gpointer expected = function;
  if (__atomic_compare_exchange_n(slot, &expected, wrappers.function[kind][level], false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_RELAXED))
    return function;
  count_unwrapped(wire::kWrapRace);
  return nullptr;
}

struct Wrapped {
  gpointer function[kKindCount] = {};
  uint32_t count = 0;
};

void wrap_functions(PadState &state, Wrapped &wrapped) {
  GstPad *pad = state.pad;
  if (GST_PAD_DIRECTION(pad) == GST_PAD_SINK) {
    wrapped.function[kChain] = wrap_slot(state, kChain, reinterpret_cast<gpointer *>(&GST_PAD_CHAINFUNC(pad)));
    wrapped.function[kChainList] =
        wrap_slot(state, kChainList, reinterpret_cast<gpointer *>(&GST_PAD_CHAINLISTFUNC(pad)));
  } else {
    wrapped.function[kGetRange] = wrap_slot(state, kGetRange, reinterpret_cast<gpointer *>(&GST_PAD_GETRANGEFUNC(pad)));
  }
  for (const gpointer function : wrapped.function) wrapped.count += function != nullptr;
}

// A function that found no level: its buffers are counted, without a time. Under the stream lock, as its call will be.
void count_untimed(PadState &state, Kind kind, const GstPadProbeInfo &info) {
  threads::ThreadRecord *thread = threads::current();
  wire::Segment *segment = recording.load(std::memory_order_relaxed) ? segment_for_call(thread) : nullptr;
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
  timing::account_untimed(state.hop, load, wire::kFlowOther);  // what will be returned, nobody sees
}

GstPadProbeReturn look_first(GstPad *pad, GstPadProbeInfo *info, gpointer) {
  const Kind kind = info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST ? kChainList : kChain;
  gpointer *slot = kind == kChainList ? reinterpret_cast<gpointer *>(&GST_PAD_CHAINLISTFUNC(pad))
                                      : reinterpret_cast<gpointer *>(&GST_PAD_CHAINFUNC(pad));
  const gpointer function = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (!function || is_ours(kind, function) || function == default_chain_list) return GST_PAD_PROBE_OK;
  PadState *state = find(pad, threads::current());
  if (!state) return GST_PAD_PROBE_OK;
  lock_registry();
  wrap_slot(*state, kind, slot);
  unlock_registry();
  if (!is_ours(kind, __atomic_load_n(slot, __ATOMIC_ACQUIRE))) count_untimed(*state, kind, *info);
  return GST_PAD_PROBE_OK;
}

void wrap_pad(GstPad *pad) {
  if (GST_IS_PROXY_PAD(pad)) return wrap_passage(pad);
  PadState *state = ensure(pad);
  if (!state) return;
  Wrapped wrapped;
  lock_registry();
  wrap_functions(*state, wrapped);
  unlock_registry();
  if (wrapped.count > 0) owner->code(wrapped.function, kKindCount);
  if (is_closure(wrapped.function[kChain], pad->chainnotify)) look_before_each_buffer(*state, look_first);
}

// Hands over the class of the element, once for each type. At pad-added the class may still be a base class's.
void note_class(GstPad *pad) {
  GstObject *parent = gst_object_get_parent(GST_OBJECT(pad));
  if (!parent) return;
  static const GQuark noted = g_quark_from_static_string("gst-pyroscope-noted");
  const GType type = G_OBJECT_TYPE(parent);
  if (GST_IS_ELEMENT(parent) && !g_type_get_qdata(type, noted)) {
    g_type_set_qdata(type, noted, GINT_TO_POINTER(1));
    GTypeQuery query;
    g_type_query(type, &query);
    owner->code(reinterpret_cast<gpointer *>(G_OBJECT_GET_CLASS(parent)), query.class_size / sizeof(gpointer));
  }
  gst_object_unref(parent);
}

gboolean on_pad_added(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  GstPad *pad = GST_PAD(g_value_get_object(values + 1));
  wrap_pad(pad);
  // It may have had another parent before.
  if (PadState *state = find(pad, nullptr)) state->relinked.fetch_add(1, std::memory_order_relaxed);
  return TRUE;
}

// Emitted on both pads after the link is made, also for pads that never had a parent.
gboolean on_linked(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  GstPad *pad = GST_PAD(g_value_get_object(values));
  wrap_pad(pad);
  if (GST_IS_PROXY_PAD(pad)) {
    bump_topology();
    return TRUE;
  }
  note_class(pad);
  if (PadState *state = find(pad, nullptr)) state->relinked.fetch_add(1, std::memory_order_relaxed);
  return TRUE;
}

// gst-inspect makes elements that link pads of their own and never runs them.
bool is_inspector() {
  const gchar *name = g_get_prgname();
  return name && (g_str_has_prefix(name, "gst-inspect") || g_str_has_prefix(name, "gst-plugin-scanner"));
}

gboolean on_first_link(GSignalInvocationHint *, guint, const GValue *values, gpointer) {
  if (threads::live_segment() || is_inspector()) return TRUE;
  GstObject *object = GST_OBJECT(gst_object_ref(g_value_get_object(values)));
  bool in_pipeline = false;
  while (object) {
    in_pipeline = in_pipeline || GST_IS_PIPELINE(object);
    GstObject *parent = gst_object_get_parent(object);
    gst_object_unref(object);
    object = parent;
  }
  if (in_pipeline) owner->activity();
  return TRUE;
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

void start_wrapping(const WrapOwner &new_owner) {
  owner = &new_owner;
  on_pad_gone(new_owner.gone);
  g_type_class_unref(g_type_class_ref(GST_TYPE_PAD));
  default_chain_list = learn_default_chain_list();
  name_for_logs();
  g_type_class_ref(GST_TYPE_ELEMENT);  // signals exist only once their class does
  g_signal_add_emission_hook(g_signal_lookup("pad-added", GST_TYPE_ELEMENT), 0, on_pad_added, nullptr, nullptr);
  g_type_class_ref(GST_TYPE_PAD);
  g_signal_add_emission_hook(g_signal_lookup("linked", GST_TYPE_PAD), 0, on_linked, nullptr, nullptr);
}

void start_watching(const WrapOwner &new_owner) {
  owner = &new_owner;
  g_type_class_ref(GST_TYPE_PAD);
  g_signal_add_emission_hook(g_signal_lookup("linked", GST_TYPE_PAD), 0, on_first_link, nullptr, nullptr);
}

uint32_t look_again() {
  uint32_t count = 0;
  for_each(
      [](PadState &state, void *user) {
        Wrapped wrapped;
        wrap_functions(state, wrapped);
        if (wrapped.count == 0 || !GST_PAD_PEER(state.pad)) return;
        *static_cast<uint32_t *>(user) += wrapped.count;
        state.restless.store(true, std::memory_order_relaxed);
        state.relinked.fetch_add(1, std::memory_order_relaxed);  // so that the next call comes to resolve
      },
      &count);
  if (wire::Segment *segment = count > 0 ? threads::live_segment() : nullptr)
    segment->counters.add(wire::kWrapLate, count);
  return count;
}

void set_recording(bool on) { recording.store(on, std::memory_order_relaxed); }

}  // namespace pyro::pads
