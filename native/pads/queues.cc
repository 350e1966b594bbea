// How is a queue recognized, and who uses which residence?
// SPDX-License-Identifier: MPL-2.0
#include "pads/queues.h"

#include <unordered_map>
#include <vector>

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

}  // namespace

bool is_queue_pad(GstPad *pad) {
  GstObject *parent = gst_object_get_parent(GST_OBJECT(pad));
  if (!parent) return false;
  GstElementFactory *factory = GST_IS_ELEMENT(parent) ? gst_element_get_factory(GST_ELEMENT(parent)) : nullptr;
  const gchar *name = factory ? GST_OBJECT_NAME(factory) : "";
  const bool queue = g_str_equal(name, "queue") || g_str_equal(name, "queue2") || g_str_equal(name, "multiqueue");
  gst_object_unref(parent);
  return queue;
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
