// Is a call's time split between it and what it called, without anything lost or counted twice?
// SPDX-License-Identifier: MPL-2.0
#include "timing/timing.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "threads/thread-table.h"

namespace pyro::timing {
namespace {

uint64_t count_of(const wire::Histogram &histogram) {
  uint64_t count = 0;
  for (const wire::Word &bucket : histogram.bucket) count += bucket.load();
  return count;
}

void busy(uint64_t ns) {
  const uint64_t end = clock::monotonic_ns() + ns;
  while (clock::monotonic_ns() < end) {
  }
}

// The clock was never started: ticks are nanoseconds of CLOCK_MONOTONIC, so sums must agree to the nanosecond.
class Timing : public testing::Test {
 protected:
  void SetUp() override {
    int error = 0;
    mapping_ = wire::Mapping::create(&error);
    ASSERT_TRUE(mapping_) << error;
    threads::go_live(mapping_->segment());
    thread_ = std::make_unique<threads::ThreadRecord>();
  }
  void TearDown() override { threads::go_live(nullptr); }

  wire::Segment &segment() { return *mapping_->segment(); }
  wire::Cell &cell(int i) { return segment().cells.cell[i]; }
  Hop hop(int i, uint32_t driver = 0) { return {&cell(i), static_cast<uint32_t>(100 + i), driver, false}; }
  const void *pad(int i) { return &pads_[i]; }

  uint32_t in(int i, uint32_t driver = 0) {
    return enter(*thread_, segment(), pad(i), wire::kCellChain, hop(i, driver));
  }
  void out(int i, uint32_t depth, uint32_t driver = 0, Load load = {1, 10}, wire::Flow flow = wire::kFlowOk) {
    leave(*thread_, segment(), pad(i), wire::kCellChain, depth, hop(i, driver), load, flow);
  }
  uint64_t counted(wire::Counter which) { return segment().counters.get(which); }

  std::optional<wire::Mapping> mapping_;
  std::unique_ptr<threads::ThreadRecord> thread_;
  char pads_[2000];
};

TEST_F(Timing, ExclusiveTimesOfAllFramesAddUpToTheRootsInclusive) {
  // 1 calls 2 twice, 2 calls 3, 1 calls 4.
  const uint32_t a = in(1);
  busy(300000);
  for (int i = 0; i < 2; i++) {
    const uint32_t b = in(2);
    busy(100000);
    const uint32_t c = in(3);
    busy(50000);
    out(3, c);
    out(2, b);
  }
  const uint32_t d = in(4);
  busy(20000);
  out(4, d);
  out(1, a);
  uint64_t exclusive = 0;
  for (int i = 1; i <= 4; i++) exclusive += cell(i).exclusive.sum_ns.load();
  EXPECT_EQ(exclusive, cell(1).inclusive.sum_ns.load());
  EXPECT_GE(cell(1).exclusive.sum_ns.load(), 300000u);
  EXPECT_GE(cell(2).exclusive.sum_ns.load(), 200000u);
  EXPECT_GE(cell(2).inclusive.sum_ns.load(), 300000u);
  EXPECT_EQ(cell(3).inclusive.sum_ns.load(), cell(3).exclusive.sum_ns.load()) << "a leaf has no children";
  EXPECT_EQ(cell(2).inclusive.sum_ns.load(), cell(2).exclusive.sum_ns.load() + cell(3).inclusive.sum_ns.load());
  EXPECT_EQ(count_of(cell(2).inclusive), 2u);
  EXPECT_EQ(thread_->depth, 0u);
}

TEST_F(Timing, ACallCarriesItsBuffersBytesAndFlow) {
  out(1, in(1), 0, {7, 700}, wire::kFlowOk);
  out(1, in(1), 0, {1, 5}, wire::kFlowEos);
  EXPECT_EQ(cell(1).buffers.load(), 8u);
  EXPECT_EQ(cell(1).bytes.load(), 705u);
  EXPECT_EQ(cell(1).invocations.load(), 2u);
  EXPECT_EQ(cell(1).flow[wire::kFlowOk].load(), 1u);
  EXPECT_EQ(cell(1).flow[wire::kFlowEos].load(), 1u);
}

TEST_F(Timing, APadInsideItsOwnFunctionAddsTimeAndNoBuffer) {
  const uint32_t a = in(1);
  const uint32_t again = in(1);
  busy(200000);
  out(1, again);
  out(1, a);
  EXPECT_EQ(cell(1).buffers.load(), 1u);
  EXPECT_EQ(cell(1).invocations.load(), 1u);
  EXPECT_EQ(cell(1).nested.load(), 1u);
  EXPECT_EQ(count_of(cell(1).inclusive), 1u);
  EXPECT_EQ(cell(1).exclusive.sum_ns.load(), cell(1).inclusive.sum_ns.load()) << "both parts of it are its own";
}

TEST_F(Timing, AFullFrameStackLosesTimesAndNoCounts) {
  constexpr uint32_t kExtra = 40;
  std::vector<uint32_t> depths;
  for (uint32_t i = 0; i < threads::kMaxDepth + kExtra; i++)
    depths.push_back(enter(*thread_, segment(), pad(static_cast<int>(i)), wire::kCellChain, hop(1)));
  EXPECT_EQ(thread_->depth, threads::kMaxDepth);
  for (size_t i = depths.size(); i-- > 0;)
    leave(*thread_, segment(), pad(static_cast<int>(i)), wire::kCellChain, depths[i], hop(1), {1, 1}, wire::kFlowOk);
  EXPECT_EQ(thread_->depth, 0u);
  EXPECT_EQ(counted(wire::kFrameOverflow), kExtra);
  EXPECT_EQ(cell(1).buffers.load(), threads::kMaxDepth + kExtra);
  EXPECT_EQ(cell(1).invocations.load(), threads::kMaxDepth + kExtra);
  EXPECT_EQ(count_of(cell(1).inclusive), threads::kMaxDepth);
  EXPECT_EQ(counted(wire::kFrameImbalance), 0u);
}

TEST_F(Timing, FramesThatNeverCameBackAreDroppedAndCounted) {
  const uint32_t a = in(1);
  in(2);
  in(3);      // longjmp out of both
  out(1, a);  // and the outermost returns
  EXPECT_EQ(thread_->depth, 0u);
  EXPECT_EQ(counted(wire::kFrameImbalance), 2u);
  EXPECT_EQ(cell(1).buffers.load(), 1u);
  EXPECT_EQ(cell(2).buffers.load() + cell(3).buffers.load(), 0u);
  EXPECT_EQ(thread_->element.load(), 0u);
}

TEST_F(Timing, AReturnWithoutItsFrameIsCountedAndHurtsNobody) {
  const uint32_t a = in(1);
  thread_->depth = 0;  // somebody dropped it
  out(1, a);
  EXPECT_EQ(counted(wire::kFrameImbalance), 1u);
  EXPECT_EQ(cell(1).buffers.load(), 1u) << "the buffer did pass";
  EXPECT_EQ(count_of(cell(1).inclusive), 0u) << "nobody knows for how long";
  out(2, in(2));
  EXPECT_EQ(count_of(cell(2).inclusive), 1u);
}

TEST_F(Timing, TheWordNamesTheInnermostElementAndThenTheDriver) {
  EXPECT_EQ(thread_->element.load(), 0u);
  const uint32_t a = in(1, 55);
  EXPECT_EQ(thread_->element.load(), 101u);
  const uint32_t b = in(2, 101);
  EXPECT_EQ(thread_->element.load(), 102u);
  out(2, b, 101);
  EXPECT_EQ(thread_->element.load(), 101u);
  out(1, a, 55);
  EXPECT_EQ(thread_->element.load(), 55u | wire::kElementDriver);
}

TEST_F(Timing, AThreadThatServesManyDriversBelongsToNone) {
  for (uint32_t i = 0; i < 40; i++) out(1, in(1, 50 + i % 2), 50 + i % 2);
  EXPECT_EQ(thread_->element.load(), 0u);
  out(1, in(1, 50), 50);
  EXPECT_EQ(thread_->element.load(), 0u) << "and stays nobody's";
}

TEST_F(Timing, RootCallsAndTheGapsBetweenThemAreAllOfAThreadsTime) {
  Hop first = hop(1, 50), second = hop(2, 50);
  first.driver_cell = &cell(3);
  second.driver_cell = &cell(4);
  uint64_t begin = 0, end = 0;
  for (int i = 0; i < 6; i++) {
    const Hop &one = i % 2 ? second : first;
    const uint32_t depth = enter(*thread_, segment(), pad(i % 2), wire::kCellChain, one);
    if (i == 0) begin = thread_->frames[0].start;
    busy(20000);
    leave(*thread_, segment(), pad(i % 2), wire::kCellChain, depth, one, {1, 1}, wire::kFlowOk);
    end = thread_->root_end;
    busy(50000);  // the driver, whichever pad it pushes into next
  }
  const auto sum = [this](int i) { return cell(i).exclusive.sum_ns.load(); };
  EXPECT_EQ(sum(1) + sum(2) + sum(3) + sum(4), end - begin);
  EXPECT_EQ(cell(3).invocations.load(), 2u);
  EXPECT_EQ(cell(4).invocations.load(), 3u);
  EXPECT_EQ(count_of(cell(4).exclusive), 3u);
  EXPECT_GE(sum(4), 150000u);
}

TEST_F(Timing, TheTimeBetweenTwoDriversIsNobodys) {
  Hop first = hop(1, 50), second = hop(2, 60);
  first.driver_cell = &cell(3);
  second.driver_cell = &cell(4);
  for (int i = 0; i < 40; i++) {
    const Hop &one = i % 2 ? second : first;
    const uint32_t depth = enter(*thread_, segment(), pad(1), wire::kCellChain, one);
    leave(*thread_, segment(), pad(1), wire::kCellChain, depth, one, {1, 1}, wire::kFlowOk);
  }
  EXPECT_EQ(cell(3).invocations.load() + cell(4).invocations.load(), 0u);
}

TEST_F(Timing, FourThreadsLoseNothingInASharedCell) {
  constexpr uint64_t kEach = 50000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([this, t] {
      auto own = std::make_unique<threads::ThreadRecord>();
      const Hop shared{&cell(0), 100, 0, true};
      for (uint64_t i = 0; i < kEach; i++) {
        const uint32_t depth = enter(*own, segment(), pad(t), wire::kCellChain, shared);
        leave(*own, segment(), pad(t), wire::kCellChain, depth, shared, {1, 3}, wire::kFlowOk);
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(cell(0).buffers.load(), 4 * kEach);
  EXPECT_EQ(cell(0).bytes.load(), 12 * kEach);
  EXPECT_EQ(cell(0).invocations.load(), 4 * kEach);
  EXPECT_EQ(cell(0).flow[wire::kFlowOk].load(), 4 * kEach);
  EXPECT_EQ(count_of(cell(0).inclusive), 4 * kEach);
  EXPECT_EQ(count_of(cell(0).exclusive), 4 * kEach);
}

TEST_F(Timing, AClockThatGoesBackIsCountedAndAddsNoTime) {
  const uint32_t a = in(1);
  thread_->frames[a - 1].start += 1000000000;
  out(1, a);
  EXPECT_EQ(counted(wire::kClockBackwards), 1u);
  EXPECT_EQ(cell(1).inclusive.sum_ns.load(), 0u);
  EXPECT_EQ(cell(1).buffers.load(), 1u);
}

TEST_F(Timing, AHopWithoutACellStillKeepsItsParentsTimeRight) {
  const Hop nameless{nullptr, 0, 0, false};
  const uint32_t a = in(1);
  const uint32_t b = enter(*thread_, segment(), pad(9), wire::kCellChain, nameless);
  busy(300000);
  leave(*thread_, segment(), pad(9), wire::kCellChain, b, nameless, {1, 1}, wire::kFlowOk);
  out(1, a);
  EXPECT_LE(cell(1).exclusive.sum_ns.load() + 300000, cell(1).inclusive.sum_ns.load());
}

}  // namespace
}  // namespace pyro::timing
