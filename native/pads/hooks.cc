// How do pairs of hooks become frames?
// SPDX-License-Identifier: MPL-2.0
#define GST_USE_UNSTABLE_API
#include "pads/hooks.h"

#include <gst/gsttracer.h>

#include <algorithm>
#include <atomic>

#include "pads/learning/pad-registers.h"
#include "pads/learning/private-pads.h"
#include "pads/wrap/control.h"
#include "pads/wrap/wrap.h"
#include "threads/live.h"
#include "threads/thread-record.h"
#include "timing/control.h"

namespace pyro::pads {
namespace {

void (*tell_changed)(const StateChange &) = nullptr;
std::atomic<bool> heard{false};  // whether hooks that are registered do anything

bool is_heard() { return heard.load(std::memory_order_relaxed); }

threads::ThreadRecord *recorded_thread() {
  threads::ThreadRecord *thread = threads::current();
  const bool live = thread && threads::live_segment() && thread->session == threads::session_number();
  return live ? thread : nullptr;
}

// A root push is no frame: the function behind it is the root, and what lies between two of those is its driver's.
void begin_push(GObject *, GstClockTime, GstPad *pad) {
  threads::ThreadRecord *thread = is_heard() ? recorded_thread() : nullptr;
  if (!thread) return;
  PadState *state = find(pad, thread);
  if (!state || state->proxy) return;
  if (thread->depth == 0) {
    thread->push_begin = clock::now_ticks();
    return;
  }
  timing::enter_control(thread, threads::live_segment(), pad, wire::kCellLink);
}

// Depth of the innermost frame of this push; 0 = it has none.
uint32_t depth_of_push(const threads::ThreadRecord &thread, const GstPad *pad) {
  for (uint32_t depth = thread.depth; depth > 0; depth--)
    if (thread.frames[depth - 1].key == pad && thread.frames[depth - 1].kind == wire::kCellLink) return depth;
  return 0;
}

timing::ControlTime end_root_push(threads::ThreadRecord &thread) {
  const uint64_t ticks = clock::now_ticks(), begin = thread.push_begin;
  thread.push_begin = 0;
  if (begin == 0 || ticks < begin) return {};
  // The root frame, if a function was called, is still where it was.
  const threads::Frame &root = thread.frames[0];
  const bool ran = thread.root_end > begin && root.start >= begin && root.start <= thread.root_end;
  const uint64_t inside = ran ? std::min(thread.root_end - root.start, ticks - begin) : 0;
  if (ran)
    thread.root_end = ticks;
  else if (thread.root_end != 0)
    thread.root_end += ticks - begin;
  const uint64_t ns = clock::ticks_to_ns(ticks - begin - inside);
  return {true, false, ns, ns};
}

// While nothing is heard only a push ends that had begun before: its frame is the innermost one.
bool is_unheard(const threads::ThreadRecord *thread, const GstPad *pad) {
  if (is_heard() || !thread) return !thread;
  if (thread->depth == 0) return thread->push_begin == 0;
  const threads::Frame &frame = thread->frames[thread->depth - 1];
  return frame.key != pad || frame.kind != wire::kCellLink;
}

void end_push(GObject *, GstClockTime, GstPad *pad, GstFlowReturn) {
  if (is_unheard(threads::current(), pad)) return;
  threads::ThreadRecord *thread = recorded_thread();
  if (!thread) return;
  PadState *state = find(pad, thread);
  if (!state || state->proxy) return;
  timing::ControlTime time{};
  if (thread->depth == 0)
    time = end_root_push(*thread);
  else if (const uint32_t depth = depth_of_push(*thread, pad))
    time = timing::leave_control(*thread, *threads::live_segment(), pad, wire::kCellLink, depth);
  if (time.timed) book_control(*state, wire::kCellLink, time);
}

// Changes that this thread is in the middle of; states change in any thread, before there is a session too.
struct Changing {
  Changing *outer;
  GstElement *element;
  GstStateChange transition;
  uint64_t begin_ns, children_ns;
  bool heard;
};

void free_changing(gpointer data) {
  for (Changing *change = static_cast<Changing *>(data); change;) {
    Changing *outer = change->outer;
    delete change;
    change = outer;
  }
}
GPrivate innermost = G_PRIVATE_INIT(free_changing);

void begin_change(GObject *, GstClockTime, GstElement *element, GstStateChange transition) {
  auto *outer = static_cast<Changing *>(g_private_get(&innermost));
  g_private_set(&innermost, new Changing{outer, element, transition, clock::monotonic_ns(), 0, is_heard()});
}

void end_change(GObject *, GstClockTime, GstElement *element, GstStateChange transition, GstStateChangeReturn outcome) {
  auto *change = static_cast<Changing *>(g_private_get(&innermost));
  if (!change || change->element != element || change->transition != transition) return;
  const uint64_t inclusive = clock::monotonic_ns() - change->begin_ns;
  const uint64_t exclusive = inclusive > change->children_ns ? inclusive - change->children_ns : 0;
  if (change->outer) change->outer->children_ns += inclusive;
  const bool told = change->heard;
  g_private_set(&innermost, change->outer);
  delete change;
  if (told) tell_changed({element, transition, outcome == GST_STATE_CHANGE_FAILURE, inclusive, exclusive});
}

struct Hook {
  const char *name;
  GCallback function;
};
const Hook kHooks[] = {
    {"pad-push-pre", G_CALLBACK(begin_push)},
    {"pad-push-post", G_CALLBACK(end_push)},
    {"pad-push-list-pre", G_CALLBACK(begin_push)},
    {"pad-push-list-post", G_CALLBACK(end_push)},
    {"element-change-state-pre", G_CALLBACK(begin_change)},
    {"element-change-state-post", G_CALLBACK(end_change)},
};

GstFlowReturn take(GstPad *, GstObject *, GstBuffer *buffer) {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

GstPad *private_pad(const char *name, GstPadDirection direction) {
  GstPad *pad = GST_PAD(gst_object_ref_sink(gst_pad_new(name, direction)));
  gst_pad_set_active(pad, TRUE);
  return pad;
}

constexpr int kBatches = 8, kPushes = 500;

uint64_t fastest_push_ns(GstPad *source) {
  uint64_t best = ~uint64_t{0};
  for (int batch = 0; batch < kBatches; batch++) {
    GstBuffer *buffer = gst_buffer_new();
    const uint64_t begin = clock::monotonic_ns();
    for (int i = 0; i < kPushes; i++) gst_pad_push(source, gst_buffer_ref(buffer));
    best = std::min(best, clock::monotonic_ns() - begin);
    gst_buffer_unref(buffer);
  }
  return best / kPushes;
}

}  // namespace

bool has_hooks() { return tell_changed != nullptr; }
void hear_hooks(bool on) { heard.store(on, std::memory_order_relaxed); }

void register_hooks(gpointer tracer, void (*changed)(const StateChange &)) {
  tell_changed = changed;
  for (const Hook &hook : kHooks)
    if (g_quark_try_string(hook.name) != 0) gst_tracing_register_hook(GST_TRACER(tracer), hook.name, hook.function);
}

uint64_t push_cost_ns() {
  if (other_tracers_active()) return 0;
  const PrivateUse here;
  GstPad *source = private_pad("src", GST_PAD_SRC), *sink = private_pad("sink", GST_PAD_SINK);
  gst_pad_set_chain_function(sink, take);
  gst_pad_link_full(source, sink, GST_PAD_LINK_CHECK_NOTHING);
  start_stream(source);
  const uint64_t cost = fastest_push_ns(source);
  for (GstPad *pad : {source, sink}) gst_pad_set_active(pad, FALSE);
  gst_pad_unlink(source, sink);
  gst_object_unref(source);
  gst_object_unref(sink);
  return cost;
}

}  // namespace pyro::pads
