// Does the time of an event leave the data functions around it alone?
// SPDX-License-Identifier: MPL-2.0
#include "timing/control.h"

#include <gtest/gtest.h>

#include <memory>

#include "clock/clock.h"

namespace pyro::timing {
namespace {

void spend(uint64_t ns) {
  const uint64_t until = clock::monotonic_ns() + ns;
  while (clock::monotonic_ns() < until) {
  }
}

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    threads::go_live(&*segment_);
    thread_->session = threads::session_number();
  }
  ~ControlTest() override { threads::go_live(nullptr); }

  uint32_t enter_data(const void *pad) { return enter(*thread_, *segment_, pad, wire::kCellChain, hop_); }
  void leave_data(const void *pad, uint32_t depth) {
    leave(*thread_, *segment_, pad, wire::kCellChain, depth, hop_, {1, 0}, wire::kFlowOk);
  }
  uint32_t enter_event(const void *pad) { return enter_control(thread_.get(), segment_.get(), pad, wire::kCellEvent); }
  ControlTime leave_event(const void *pad, uint32_t depth) {
    return leave_control(*thread_, *segment_, pad, wire::kCellEvent, depth);
  }

  std::unique_ptr<wire::Segment> segment_ = std::make_unique<wire::Segment>();
  std::unique_ptr<threads::ThreadRecord> thread_ = std::make_unique<threads::ThreadRecord>();
  std::unique_ptr<wire::Cell> cell_ = std::make_unique<wire::Cell>();
  const Hop hop_{cell_.get(), 7, 8, false};
  int pad_ = 0, other_ = 0;
};

TEST_F(ControlTest, AnEventInsideAPushIsNotThePushersOwnTime) {
  const uint32_t data = enter_data(&pad_);
  spend(200 * 1000);
  const uint32_t event = enter_event(&other_);
  spend(3 * 1000 * 1000);
  const ControlTime time = leave_event(&other_, event);
  leave_data(&pad_, data);
  ASSERT_TRUE(time.timed);
  EXPECT_GE(time.exclusive_ns, 3000000u);
  EXPECT_GE(cell_->inclusive.sum_ns.load(), 3200000u);
  EXPECT_EQ(cell_->inclusive.sum_ns.load() / 1000, (cell_->exclusive.sum_ns.load() + time.inclusive_ns) / 1000);
}

TEST_F(ControlTest, DataThatAnEventPushesIsNotTheEventsOwnTime) {
  const uint32_t event = enter_event(&other_);
  const uint32_t data = enter_data(&pad_);
  spend(3 * 1000 * 1000);
  leave_data(&pad_, data);
  const ControlTime time = leave_event(&other_, event);
  EXPECT_GE(time.inclusive_ns, 3000000u);
  EXPECT_LT(time.exclusive_ns, 3000000u);
  EXPECT_EQ(cell_->inclusive.bucket[wire::grid.index(cell_->inclusive.sum_ns.load())].load(), 1u);
}

TEST_F(ControlTest, TheSamplersWordStaysAsItWas) {
  const uint32_t data = enter_data(&pad_);
  const uint32_t event = enter_event(&other_);
  EXPECT_EQ(thread_->element.load(), 7u);
  leave_event(&other_, event);
  EXPECT_EQ(thread_->element.load(), 7u);
  leave_data(&pad_, data);
  const uint32_t between = thread_->element.load();
  leave_event(&other_, enter_event(&other_));
  EXPECT_EQ(thread_->element.load(), between);
}

TEST_F(ControlTest, AnEventBetweenTwoRootCallsIsNotTheDriversGap) {
  auto gaps = std::make_unique<wire::Cell>();
  Hop hop = hop_;
  hop.driver_cell = gaps.get();
  const auto call = [&] {
    const uint32_t depth = enter(*thread_, *segment_, &pad_, wire::kCellChain, hop);
    leave(*thread_, *segment_, &pad_, wire::kCellChain, depth, hop, {1, 0}, wire::kFlowOk);
  };
  call();
  const uint64_t begin = clock::monotonic_ns();
  spend(1000 * 1000);
  const uint32_t event = enter_event(&other_);
  spend(4 * 1000 * 1000);
  const ControlTime time = leave_event(&other_, event);
  call();
  const uint64_t all = clock::monotonic_ns() - begin;
  EXPECT_EQ(gaps->invocations.load(), 1u);
  EXPECT_GE(gaps->exclusive.sum_ns.load(), 1000000u);
  EXPECT_LE(gaps->exclusive.sum_ns.load(), all - time.inclusive_ns + 500 * 1000) << "the gap begins a little earlier";
}

TEST_F(ControlTest, AThreadWithoutASessionIsLeftAlone) {
  EXPECT_EQ(enter_control(nullptr, segment_.get(), &pad_, wire::kCellEvent), 0u);
  thread_->session = threads::session_number() + 1;
  EXPECT_EQ(enter_event(&pad_), 0u);
  EXPECT_EQ(thread_->depth, 0u);
  EXPECT_FALSE(leave_event(&pad_, 0).timed);
}

TEST_F(ControlTest, AFunctionThatCallsItselfIsOneCall) {
  const uint32_t outer = enter_event(&pad_), inner = enter_event(&pad_);
  EXPECT_TRUE(leave_event(&pad_, inner).nested);
  EXPECT_FALSE(leave_event(&pad_, outer).nested);
}

}  // namespace
}  // namespace pyro::timing
