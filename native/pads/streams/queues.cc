// How is a queue recognized, and who uses which residence?
// SPDX-License-Identifier: MPL-2.0
#include "pads/streams/queues.h"

#include <unordered_map>
#include <vector>

#include "pads/registry/pad-registry.h"
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
void note_begin(PadState &state) {
  timing::Residence *residence = __atomic_load_n(&state.queue.input, __ATOMIC_ACQUIRE);
  if (residence && class_of(state.pad) == kQueue) residence->begin_flush(buffers_in(state.pad));
}

// It comes with the stream lock, when no thread puts and the queue's own is stopped. Not in a forked child before
// its own first buffer: the cell is its parent's.
void note_end(PadState &state, bool recorded) {
  if (!state.queue.input || state.resolved_session != threads::session_number()) return;
  recorded ? state.queue.input->flush() : state.queue.input->forget();
}

}  // namespace

bool is_queue_pad(GstPad *pad) { return class_of(pad) != kNoQueue; }

void note_flush(PadState &state, GstEvent *event, bool recorded) {
  const bool begins = GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START;
  if (!begins && GST_EVENT_TYPE(event) != GST_EVENT_FLUSH_STOP) return;
  if (!threads::live_segment()) return;
  begins ? note_begin(state) : note_end(state, recorded);
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

void QueueEntry::add(GstBuffer *buffer, uint64_t ticks, const timing::TraceContext *carries) {
  const uint64_t place = into->put(buffer, GST_BUFFER_PTS(buffer), ticks, carries);
  if (place == timing::Residence::kNowhere) return;
  if (count++ == 0) first = place;
}

void QueueEntry::settle(uint64_t ticks) const {
  for (uint64_t i = 0; i < count; i++) into->settle(first + i, ticks);
}

timing::TraceContext take_from_queue(const QueueUse &use, wire::Cell *transit, GstBuffer *buffer, uint64_t ticks) {
  return use.output->take_into(*use.cell, transit, buffer, GST_BUFFER_PTS(buffer), ticks);
}

}  // namespace pyro::pads
