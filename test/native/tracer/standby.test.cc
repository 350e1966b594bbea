// With standby=true: is everything ready and nothing recorded until it is switched on, and everything from then on?
// SPDX-License-Identifier: MPL-2.0
#include <thread>

#include "live-settings.h"
#include "pipeline.h"

namespace pyro::test {
namespace {

bool switch_on() {
  return change([](wire::Control &words) { words.enabled = 1; });
}

void expect_nothing() {
  EXPECT_EQ(own_segment()->control.enabled.load(), 0u);
  EXPECT_EQ(counter(wire::kSamplesWritten), 0u);
  EXPECT_EQ(counter(wire::kWallWritten), 0u);
  EXPECT_EQ(counter(wire::kSpansWritten), 0u);
  EXPECT_EQ(own_segment()->cells.used.load(), 1u) << "the overflow cell alone, which is there from the beginning";
  EXPECT_EQ(hop("(overflow)").buffers, 0u);
}

TEST(Standby, NothingOfARunningPipelineIsRecordedUntilItIsSwitchedOn) {
  Pipeline pipeline("standby",
                    "fakesrc is-live=true do-timestamp=true silent=true ! identity name=i ! queue ! "
                    "identity sleep-time=100 ! fakesink name=s");
  Truth truth(pipeline.element("s"), "sink");
  pipeline.play();
  ASSERT_TRUE(eventually([] { return own_segment() && own_segment()->control.obeyed.load() > 0; }));
  const uint64_t before = truth.buffers();
  ASSERT_TRUE(eventually([&] { return truth.buffers() > before + 1000; }, 60));
  burn(100);
  expect_nothing();
  ASSERT_TRUE(switch_on());
  EXPECT_TRUE(eventually([] { return hop("standby/s:sink").buffers > 100; }));
  EXPECT_TRUE(eventually([] { return counter(wire::kWallWritten) > 0; }));
  EXPECT_TRUE(burn_until([] { return counter(wire::kSamplesWritten) > 0; }));
  pipeline.stop();
}

// The first buffer of the process begins the session, as without standby, and neither it nor any other is counted.
TEST(Standby, FromTheSwitchOnEveryBufferIsCounted) {
  BoxAndSink boxed("exact");
  Feed feed(boxed.in);
  feed.push(100);
  ASSERT_TRUE(eventually([] { return own_segment() != nullptr; }));
  std::thread([&] { feed.push(100); }).join();
  expect_nothing();
  for (int round = 1; round <= 3; round++) {
    ASSERT_TRUE(switch_on());
    std::thread([&] { feed.push(50); }).join();
    feed.push(50);
    ASSERT_TRUE(change([](wire::Control &words) { words.enabled = 0; }));
    feed.push(100);
    EXPECT_EQ(hop("exact/box:sink").buffers, static_cast<uint64_t>(round) * 100);
    EXPECT_EQ(hop("exact/s:sink").inclusive.count, static_cast<uint64_t>(round) * 100);
  }
}

TEST(Standby, ThereIsRoomForSpans) {
  BoxAndSink boxed("spans");
  Feed feed(boxed.in);
  feed.push(1);
  EXPECT_EQ(own_segment()->control.cannot.load(), wire::kCannotHook);
  ASSERT_TRUE(change([](wire::Control &words) {
    words.enabled = 1;
    words.span_threshold = 0;
  }));
  feed.push(10);
  EXPECT_EQ(counter(wire::kSpansWritten), 20u);
  ASSERT_TRUE(change([](wire::Control &words) { words.span_threshold = wire::kSpanNever; }));
  feed.push(10);
  EXPECT_EQ(counter(wire::kSpansWritten), 20u);
}

TEST(Standby, WhatTheProcessUsesBeforeIsOutsideOfItsAccount) {
  BoxAndSink boxed("account");
  Feed feed(boxed.in);
  feed.push(1);
  ASSERT_TRUE(change([](wire::Control &) {}));
  burn(400);
  ASSERT_TRUE(switch_on());
  const wire::Account &account = own_segment()->account;
  const auto inside = [&] { return account.process_cpu_ns.load() - account.process_cpu_begin_ns.load(); };
  EXPECT_LT(inside(), 200000000u) << "400 ms were used before";
  const uint64_t before = inside();
  burn(400);
  EXPECT_TRUE(burn_until([&] { return inside() - before > 400000000; }));
}

}  // namespace
}  // namespace pyro::test
