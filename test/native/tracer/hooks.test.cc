// What do GStreamer's hooks add, and do they leave alone what wrapped functions tell? Run with both engines.
// SPDX-License-Identifier: MPL-2.0
#include <chrono>
#include <thread>

#include "pipeline.h"

namespace pyro::test {
namespace {

constexpr uint64_t kMs = 1000 * 1000;

// Sum over the cells of one kind whose pad is `pad`.
uint64_t beside(const std::string &pad, uint32_t kind, wire::Word wire::Cell::*word) {
  const wire::Cells &cells = own_segment()->cells;
  uint64_t sum = 0;
  for (uint32_t i = 1; i < cells.used.load(); i++)
    if (cells.cell[i].kind.load() == kind && path_of(cells.cell[i].pad.load()) == pad)
      sum += (cells.cell[i].*word).load();
  return sum;
}

GstPadProbeReturn dawdle(GstPad *, GstPadProbeInfo *, gpointer) {
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  return GST_PAD_PROBE_OK;
}

TEST(Hooks, AProbeBetweenTwoElementsIsTheLinksTimeAndNoElements) {
  BoxAndSink probed("probed");
  GstPad *out = gst_element_get_static_pad(probed.box, "src");
  gst_pad_add_probe(out, GST_PAD_PROBE_TYPE_BUFFER, dawdle, nullptr, nullptr);
  gst_object_unref(out);
  Feed feed(probed.in);
  feed.push(1);  // registers the thread
  feed.push(20);
  const Hop box = hop("probed/box:sink"), sink = hop("probed/s:sink");
  EXPECT_EQ(box.buffers, 21u);
  EXPECT_EQ(sink.buffers, 21u);
  EXPECT_LT(sink.exclusive.sum_ns, 20 * kMs);
  const uint64_t link = spent("probed/box:src", wire::kCellLink);
  if (with_hooks()) {
    EXPECT_GE(link, 20 * 3 * kMs);
    EXPECT_LT(box.exclusive.sum_ns, 20 * kMs);
    EXPECT_GE(beside("probed/box:src", wire::kCellLink, &wire::Cell::invocations), 20u);
  } else {
    EXPECT_EQ(link, 0u);
    EXPECT_GE(box.exclusive.sum_ns, 21 * 3 * kMs);
  }
  EXPECT_GE(box.inclusive.sum_ns, 21 * 3 * kMs);
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
}

// Root pushes have no frame: their link's time comes out of the gap.
TEST(Hooks, AProbeBehindASourceIsNotTheSourcesOwnTime) {
  Pipeline pipeline("source", "fakesrc name=f num-buffers=30 ! fakesink name=s");
  GstPad *out = gst_element_get_static_pad(pipeline.element("f"), "src");
  gst_pad_add_probe(out, GST_PAD_PROBE_TYPE_BUFFER, dawdle, nullptr, nullptr);
  gst_object_unref(out);
  pipeline.run();
  pipeline.stop();
  EXPECT_EQ(hop("source/s:sink").buffers, 30u);
  const uint64_t gaps = spent("source/f:src", wire::kCellDriver), link = spent("source/f:src", wire::kCellLink);
  if (with_hooks()) {
    EXPECT_GE(link, 28 * 3 * kMs);
    EXPECT_LT(gaps, 20 * kMs);
  } else {
    EXPECT_GE(gaps, 28 * 3 * kMs);
  }
}

gboolean slow_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return gst_pad_event_default(pad, parent, event);
}

GstFlowReturn announce_and_pass(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  GstPad *out = gst_element_get_static_pad(GST_ELEMENT(parent), "src");
  gst_pad_push_event(out, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("news")));
  gst_object_unref(out);
  return pass_on(pad, parent, buffer);
}

TEST(Hooks, WhatTheNextElementDoesWithAnEventIsNotThePushersTime) {
  BoxAndSink slow("events", announce_and_pass);
  GstElement *next = slow.sink;
  GstPad *in = gst_element_get_static_pad(next, "sink");
  gst_pad_set_event_function(in, slow_event);
  Feed feed(slow.in);
  feed.push(1);
  ASSERT_TRUE(eventually([&] { return GST_PAD_EVENTFUNC(in) != slow_event; })) << "the look a second wraps it";
  const uint64_t before = hop("events/box:sink").exclusive.sum_ns;
  feed.push(20);
  EXPECT_LT(hop("events/box:sink").exclusive.sum_ns - before, 20 * kMs);
  EXPECT_GE(spent("events/s:sink", wire::kCellEvent), 20 * 5 * kMs);
  EXPECT_GE(beside("events/s:sink", wire::kCellEvent, &wire::Cell::invocations), 20u);
  gst_object_unref(in);
}

TEST(Hooks, ElementsSayWhatTheyAddToTheLatency) {
  Pipeline pipeline(
      "reported",
      "fakesrc is-live=true num-buffers=10 ! queue name=q min-threshold-time=0 ! identity ! fakesink sync=true");
  pipeline.run();
  ASSERT_TRUE(eventually([] { return beside("reported/q:src", wire::kCellReported, &wire::Cell::invocations) > 0; }));
  EXPECT_EQ(beside("reported/q:src", wire::kCellReported, &wire::Cell::bytes), 1u) << "live";
  EXPECT_EQ(beside("reported/q:src", wire::kCellReported, &wire::Cell::level), 0u);
}

}  // namespace
}  // namespace pyro::test
