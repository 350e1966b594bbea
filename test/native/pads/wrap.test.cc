// Do wrappers, the look at all pads and pads that come and go get along in many threads at once? Made for the thread
// sanitizer; no plugin, so that all that runs is instrumented.
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap/wrap.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "pads/watch.h"
#include "threads/live.h"

namespace pyro::pads {
namespace {

std::atomic<uint32_t> next_cell{1};

void give_cell(PadState &state, Kind) {
  wire::Segment *segment = threads::live_segment();
  state.hop = {&segment->cells.cell[next_cell++ % wire::kCellCapacity], 1, 1, true};
}

const Owner owner{[] {},
                  give_cell,
                  [](PadState &) {},
                  [](PadState &) {},
                  [](PadState &, uint32_t) {},
                  [](GstPad *) -> uint32_t { return 1; },
                  [](gpointer const *, guint) {},
                  [](PadState &) {}};

template <int i>
GstFlowReturn take(GstPad *, GstObject *, GstBuffer *buffer) {
  gst_buffer_unref(buffer);
  return i < 0 ? GST_FLOW_ERROR : GST_FLOW_OK;
}

GstPad *linked(GstPad *source) {
  GstPad *sink = GST_PAD(gst_object_ref_sink(gst_pad_new("sink", GST_PAD_SINK)));
  gst_pad_set_chain_function(sink, take<0>);
  gst_pad_set_active(sink, TRUE);
  EXPECT_EQ(gst_pad_link(source, sink), GST_PAD_LINK_OK);
  return sink;
}

// Each thread with pads of its own: made, pushed to, given other functions, freed.
uint64_t live_and_push(int rounds) {
  uint64_t pushed = 0;
  for (int round = 0; round < rounds; round++) {
    GstPad *source = GST_PAD(gst_object_ref_sink(gst_pad_new("source", GST_PAD_SRC)));
    gst_pad_set_active(source, TRUE);
    GstPad *sink = linked(source);
    gst_pad_push_event(source, gst_event_new_stream_start("race"));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_BYTES);
    gst_pad_push_event(source, gst_event_new_segment(&segment));
    for (int i = 0; i < 20; i++) {
      if (i == 10) gst_pad_set_chain_function(sink, take<1>);
      pushed += gst_pad_push(source, gst_buffer_new()) == GST_FLOW_OK;
    }
    gst_object_unref(sink);
    gst_object_unref(source);
  }
  return pushed;
}

TEST(WrapRace, PadsThatComeAndGoWhileAllAreLookedAtAreCountedByWhatWasWrapped) {
  gst_init(nullptr, nullptr);
  int error = 0;
  auto mapping = wire::Mapping::create(&error);
  ASSERT_TRUE(mapping) << error;
  threads::go_live(mapping->segment());
  start(owner, Engine::kWrap);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> pushed{0};
  std::thread looker([&] {
    while (!stop) look_again();
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; t++) threads.emplace_back([&] { pushed += live_and_push(300); });
  for (std::thread &thread : threads) thread.join();
  stop = true;
  looker.join();
  uint64_t counted = 0;
  for (const wire::Cell &cell : mapping->segment()->cells.cell) counted += cell.buffers.load();
  EXPECT_EQ(pushed, 3 * 300 * 20u);
  EXPECT_GE(counted, pushed / 2) << "all before the function was replaced";
  EXPECT_LE(counted, pushed);
  EXPECT_EQ(mapping->segment()->counters.get(wire::kWrapOrphan), 0u);
  EXPECT_EQ(mapping->segment()->counters.get(wire::kFrameImbalance), 0u);
  threads::go_live(nullptr);
}

}  // namespace
}  // namespace pyro::pads
