// How is a queue recognized, and who uses which residence?
// SPDX-License-Identifier: MPL-2.0
#include "pads/queues.h"

#include <atomic>
#include <unordered_map>
#include <vector>

#include "pads/pad-registry.h"
#include "threads/live.h"

namespace pyro::pads {
namespace {

struct Pool {
  std::unordered_map<timing::Residence *, uint32_t> users;
  std::vector<timing::Residence *> unused;
};

Pool &pool() {
  static auto *const one = new Pool;  // exit handlers may come late
  return *one;
}

enum QueueClass { kQueue, kQueue2, kMultiQueue, kNoQueue };
constexpr const char *kFactories[] = {"queue", "queue2", "multiqueue"};

QueueClass class_of(GstPad *pad) {
  GstObject *parent = gst_object_get_parent(GST_OBJECT(pad));
  if (!parent) return kNoQueue;
  GstElementFactory *factory = GST_IS_ELEMENT(parent) ? gst_element_get_factory(GST_ELEMENT(parent)) : nullptr;
  const gchar *name = factory ? GST_OBJECT_NAME(factory) : "";
  int which = kQueue;
  while (which < kNoQueue && !g_str_equal(name, kFactories[which])) which++;
  gst_object_unref(parent);
  return static_cast<QueueClass>(which);
}

std::atomic<GstPadEventFullFunction> originals[kNoQueue];  // set once, before the first wrapper that calls it

// How many buffers are in a leaky queue, which says nothing of those that it dropped.
uint64_t buffers_in(GstPad *pad) {
  gint leaky = 0;
  guint buffers = 0;
  GstObject *queue = gst_object_get_parent(GST_OBJECT(pad));
  if (!queue) return timing::Residence::kNowhere;
  g_object_get(queue, "leaky", &leaky, "current-level-buffers", &buffers, nullptr);
  gst_object_unref(queue);
  return leaky ? buffers : timing::Residence::kNowhere;
}

// It comes at any time, from any thread: the pad's first call may just make the residence.
void note_begin(GstPad *pad) {
  const PadState *state = find(pad, threads::current());
  timing::Residence *residence = state ? __atomic_load_n(&state->queue.fills, __ATOMIC_ACQUIRE) : nullptr;
  if (residence) residence->begin_flush(buffers_in(pad));
}

// It comes with the stream lock, when nobody puts and the queue's own thread is stopped. Not in a forked child before
// its own first buffer: the cell is its parent's.
void note_end(GstPad *pad) {
  const PadState *state = find(pad, threads::current());
  if (state && state->queue.fills && state->resolved_session == threads::session_number()) state->queue.fills->flush();
}

template <QueueClass which>
GstFlowReturn watch_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START && which == kQueue && threads::live_segment()) note_begin(pad);
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP && threads::live_segment()) note_end(pad);
  return originals[which].load(std::memory_order_acquire)(pad, parent, event);
}

constexpr GstPadEventFullFunction event_functions[] = {watch_event<kQueue>, watch_event<kQueue2>,
                                                       watch_event<kMultiQueue>};

}  // namespace

bool is_queue_pad(GstPad *pad) { return class_of(pad) != kNoQueue; }

void watch_flushes(GstPad *pad) {
  const QueueClass which = class_of(pad);
  if (which == kNoQueue || GST_PAD_DIRECTION(pad) != GST_PAD_SINK) return;
  GstPadEventFullFunction *slot = &GST_PAD_EVENTFULLFUNC(pad);
  GstPadEventFullFunction function = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (!function || function == event_functions[which]) return;
  // All queues of a class share one function: whoever has another one keeps it.
  GstPadEventFullFunction known = nullptr;
  if (!originals[which].compare_exchange_strong(known, function) && known != function) return;
  __atomic_compare_exchange_n(slot, &function, event_functions[which], false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

GstPad *queue_input(GstPad *source) {
  GstIterator *links = gst_pad_iterate_internal_links(source);
  if (!links) return nullptr;
  GValue value = G_VALUE_INIT;
  GstPad *input = nullptr;
  if (gst_iterator_next(links, &value) == GST_ITERATOR_OK) {
    input = GST_PAD(g_value_dup_object(&value));
    g_value_unset(&value);
  }
  gst_iterator_free(links);
  return input;
}

timing::Residence *make_residence() {
  timing::Residence *residence;
  if (pool().unused.empty()) {
    residence = new timing::Residence;
  } else {
    residence = pool().unused.back();
    pool().unused.pop_back();
    residence->clear();
  }
  pool().users[residence] = 1;
  return residence;
}

timing::Residence *share(timing::Residence *residence) {
  pool().users[residence]++;
  return residence;
}

void let_go(timing::Residence *&residence) {
  if (residence && --pool().users[residence] == 0) pool().unused.push_back(residence);
  residence = nullptr;
}

void Filling::add(GstBuffer *buffer) {
  const uint64_t place = into->put(buffer, GST_BUFFER_PTS(buffer));
  if (place == timing::Residence::kNowhere) return;
  if (count++ == 0) first = place;
}

void Filling::settle(uint64_t ticks) const {
  for (uint64_t i = 0; i < count; i++) into->settle(first + i, ticks);
}

void take_from_queue(const QueueUse &use, GstBuffer *buffer, uint64_t ticks) {
  use.takes->take_into(*use.cell, buffer, GST_BUFFER_PTS(buffer), ticks);
}

}  // namespace pyro::pads
