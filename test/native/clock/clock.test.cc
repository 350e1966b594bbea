// Does the clock run with CLOCK_MONOTONIC, forwards, and without overflow?
// SPDX-License-Identifier: MPL-2.0
#include "clock/clock.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <thread>
#include <vector>

#include "clock/calibration.h"

namespace {

using namespace pyro::clock;

void busy_until(uint64_t ns) {
  while (monotonic_ns() < ns) {
  }
}

// Both clocks at one instant, as closely as ten tries allow: a descheduling between two readings spoils one try.
Pair edge() {
  Pair best{};
  uint64_t narrowest = ~0ull;
  for (int i = 0; i < 10; i++) {
    const uint64_t before = monotonic_ns(), ticks = now_ticks(), after = monotonic_ns();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    best = {ticks, before + narrowest / 2};
  }
  return best;
}

// The error of the clock against CLOCK_MONOTONIC over `ns`, in parts per million.
double error_ppm(uint64_t ns) {
  const Pair begin = edge();
  busy_until(begin.ns + ns);
  const Pair end = edge();
  return (static_cast<double>(ticks_to_ns(end.ticks - begin.ticks)) / static_cast<double>(end.ns - begin.ns) - 1) * 1e6;
}

TEST(Clock, KeepsTimeWithMonotonicWithin100PpmOverASecond) {
  start();
  const double first = error_ppm(1'000'000'000);
  EXPECT_TRUE(recalibrate());
  const double later = error_ppm(300'000'000);
  printf("clock: %s, error %.2f ppm from the first 2 ms, %.2f ppm after a look\n",
         source() == Source::kCounter ? "counter" : "CLOCK_MONOTONIC", first, later);
  EXPECT_LT(std::abs(first), 100);
  EXPECT_LT(std::abs(later), 20);
}

TEST(Clock, NeverGoesBackwardsInAThread) {
  start();
  std::vector<std::thread> threads;
  std::vector<uint64_t> backwards(3);
  for (uint64_t &count : backwards)
    threads.emplace_back([&count] {
      uint64_t last = now_ticks();
      for (int i = 0; i < 2'000'000; i++) {
        const uint64_t now = now_ticks();
        count += now < last;
        last = now;
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(backwards, std::vector<uint64_t>(3, 0));
}

TEST(Clock, IsForcedToMonotonicWhenAsked) {
  // In a program of its own, since this one has started already.
  EXPECT_EQ(system("\"" CLOCK_PROBE "\" monotonic"), 0);
}

TEST(Clock, StartsWithinItsBound) { EXPECT_EQ(system("\"" CLOCK_PROBE "\" start"), 0); }

TEST(Clock, StartsAtOnceWhereAnEarlierInstantWasNoted) { EXPECT_EQ(system("\"" CLOCK_PROBE "\" noted"), 0); }

TEST(Clock, CountsNanosecondsBeforeItIsStarted) { EXPECT_EQ(system("\"" CLOCK_PROBE "\" early"), 0); }

TEST(Clock, IgnoresASecondStart) {
  const Source first = start();
  EXPECT_EQ(start(first == Source::kCounter), first);
}

TEST(Conversion, DoesNotOverflowForYears) {
  for (double ghz : {0.024, 1.0, 2.9, 5.0}) {
    const auto rate = static_cast<uint64_t>(4294967296.0 / ghz);
    for (double seconds : {1e-9, 1.0, 3600.0, 86400.0 * 365, 86400.0 * 365 * 50}) {
      const double ticks = seconds * 1e9 * ghz;
      const double expected = std::floor(ticks) / ghz;
      EXPECT_NEAR(static_cast<double>(detail::convert(static_cast<uint64_t>(ticks), rate)), expected,
                  1 + expected * 1e-8)
          << ghz << " GHz, " << seconds << " s";
    }
  }
  EXPECT_EQ(detail::convert(0, detail::kOne), 0u);
  EXPECT_EQ(detail::convert(~0ull, detail::kOne), ~0ull);
}

Pair at(uint64_t ticks, uint64_t ns) { return {ticks, ns}; }
constexpr uint64_t kOneToOne = 1ull << 32, kSecond = 1'000'000'000;

TEST(Calibration, RefusesPairsThatMakeNoSense) {
  EXPECT_EQ(Calibration::rate_between(at(5, 5), at(5, 6)), 0u) << "the counter stands";
  EXPECT_EQ(Calibration::rate_between(at(5, 5), at(4, 6)), 0u) << "the counter goes backwards";
  EXPECT_EQ(Calibration::rate_between(at(5, 5), at(6, 5)), 0u) << "time stands";
  EXPECT_EQ(Calibration::rate_between(at(0, 0), at(1, kSecond)), 0u) << "1 Hz";
  EXPECT_EQ(Calibration::rate_between(at(0, 0), at(~0ull, 1)), 0u) << "faster than light";
  EXPECT_EQ(Calibration::rate_between(at(7, 3), at(1007, 1003)), kOneToOne);
  EXPECT_EQ(Calibration::rate_between(at(0, 0), at(24, 1000)), kOneToOne * 1000 / 24) << "an ARM counter";
}

TEST(Calibration, FollowsASlewedClock) {
  Calibration calibration;
  ASSERT_TRUE(calibration.begin(at(0, 0), at(2'000'000, 2'000'000)));
  EXPECT_TRUE(calibration.look(at(2'000'000 + kSecond, 2'000'000 + kSecond + 300'000)));  // 300 ppm
  EXPECT_NEAR(static_cast<double>(calibration.rate()) / kOneToOne, 1.0003, 1e-7);
}

TEST(Calibration, DoesNotBelieveASingleJump) {
  Calibration calibration;
  ASSERT_TRUE(calibration.begin(at(0, 0), at(2'000'000, 2'000'000)));
  // The machine slept: the counter ran on for a minute, CLOCK_MONOTONIC did not.
  EXPECT_FALSE(calibration.look(at(61 * kSecond, kSecond)));
  EXPECT_EQ(calibration.rate(), kOneToOne);
  EXPECT_TRUE(calibration.look(at(62 * kSecond, 2 * kSecond)));
  EXPECT_EQ(calibration.rate(), kOneToOne);
}

TEST(Calibration, BelievesANewPaceWhenTwoLooksAgree) {
  Calibration calibration;
  ASSERT_TRUE(calibration.begin(at(0, 0), at(kSecond, kSecond)));
  EXPECT_FALSE(calibration.look(at(kSecond * 5 / 2, 2 * kSecond)));  // moved to a CPU twice as fast, half-way
  EXPECT_FALSE(calibration.look(at(kSecond * 9 / 2, 3 * kSecond)));  // all of it at the new pace
  EXPECT_EQ(calibration.rate(), kOneToOne);
  EXPECT_TRUE(calibration.look(at(kSecond * 13 / 2, 4 * kSecond)));
  EXPECT_EQ(calibration.rate(), kOneToOne / 2);
}

TEST(Calibration, LearnsNothingFromTooShortATime) {
  Calibration calibration;
  ASSERT_TRUE(calibration.begin(at(0, 0), at(2'000'000, 2'000'000)));
  EXPECT_TRUE(calibration.look(at(2'001'000, 2'003'000)));
  EXPECT_EQ(calibration.rate(), kOneToOne);
}

}  // namespace
