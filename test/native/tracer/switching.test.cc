// What happens when the timing engine is changed in the middle of a stream?
// SPDX-License-Identifier: MPL-2.0
#include <algorithm>
#include <atomic>
#include <thread>

#include "pipeline.h"

namespace pyro::test {
namespace {

void set_timing(wire::TimingEngine engine) { own_segment()->control.timing.store(engine, std::memory_order_relaxed); }

constexpr const char *kStream =
    "fakesrc name=f silent=true ! identity name=i silent=true ! bin.( identity name=d ) ! fakesink name=s";

uint64_t counted() { return hop("switch/i:sink").buffers; }

// Two readings with buffers in between, and nothing was counted.
bool stands_still(const Truth &truth) {
  const uint64_t buffers = truth.buffers(), before = counted();
  eventually([&] { return truth.buffers() > buffers + 2000; });
  return counted() == before;
}

void play_and_switch(Pipeline &pipeline, const Truth &truth) {
  pipeline.play();
  ASSERT_TRUE(eventually([] { return counted() > 1000; }));
  for (int round = 0; round < 3; round++) {
    set_timing(wire::kTimingOff);
    ASSERT_TRUE(eventually([&] { return stands_still(truth); }));
    const uint64_t before = counted();
    set_timing(wire::kTimingWrap);
    ASSERT_TRUE(eventually([&] { return counted() > before + 1000; }));
  }
}

TEST(Switching, OffStopsTheTimesOnStartsThemAgainAndNoBufferIsHurt) {
  Pipeline pipeline("switch", kStream);
  Truth truth(pipeline.element("s"), "sink");
  ASSERT_NO_FATAL_FAILURE(play_and_switch(pipeline, truth));
  pipeline.stop();
  EXPECT_GT(truth.buffers(), counted());
  EXPECT_EQ(counter(wire::kFrameImbalance), 0u);
  EXPECT_EQ(counter(wire::kWrapOrphan), 0u);
  EXPECT_EQ(hop("switch/i:sink").nested, 0u);
}

uint64_t summed(wire::CellKind kind, wire::Word wire::Cell::*word) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < own_segment()->cells.used.load(); i++) {
    const wire::Cell &cell = own_segment()->cells.cell[i];
    if (cell.kind.load() == kind) sum += (cell.*word).load();
  }
  return sum;
}

// Nothing is dropped by this queue, and its thread waits next to nothing: what passes while nobody looks is no drop and
// no wait.
TEST(Switching, WhatGoesThroughAQueueMeanwhileIsNeitherDroppedNorAGap) {
  Pipeline pipeline("switch",
                    "fakesrc silent=true ! identity name=i ! queue ! identity sleep-time=50 ! fakesink name=s");
  Truth truth(pipeline.element("s"), "sink");
  ASSERT_NO_FATAL_FAILURE(play_and_switch(pipeline, truth));
  EXPECT_EQ(summed(wire::kCellQueue, &wire::Cell::dropped), 0u);
  EXPECT_GT(summed(wire::kCellQueue, &wire::Cell::buffers), 3000u);
  uint64_t longest = 0;
  for (uint32_t i = 0; i < own_segment()->cells.used.load(); i++) {
    const wire::Cell &cell = own_segment()->cells.cell[i];
    if (cell.kind.load() == wire::kCellDriver) longest = std::max(longest, cell.exclusive.max_ns.load());
  }
  EXPECT_LT(longest, 100000000u) << "2000 buffers of 50 us went by in each pause";
  pipeline.stop();
}

// Thousands of switches while four threads push: whatever they do, every buffer arrives.
TEST(Switching, AStormOfSwitchesLosesNoBuffer) {
  Pipeline first("storm1", "fakesrc num-buffers=200000 silent=true ! identity silent=true ! fakesink name=s");
  Pipeline second("storm2", "fakesrc num-buffers=200000 silent=true ! tee ! queue ! fakesink name=s");
  Truth one(first.element("s"), "sink"), two(second.element("s"), "sink");
  first.play();
  second.play();
  ASSERT_TRUE(eventually([] { return own_segment() != nullptr; }));
  std::atomic<bool> done{false};
  std::thread storm([&] {
    for (uint32_t i = 0; !done; i++) {
      set_timing(i % 2 == 0 ? wire::kTimingOff : wire::kTimingWrap);
      g_usleep(30000);
    }
  });
  first.wait_eos();
  second.wait_eos();
  done = true;
  storm.join();
  EXPECT_EQ(one.buffers(), 200000u);
  EXPECT_EQ(two.buffers(), 200000u);
  EXPECT_EQ(counter(wire::kWrapOrphan), 0u);
}

}  // namespace
}  // namespace pyro::test
