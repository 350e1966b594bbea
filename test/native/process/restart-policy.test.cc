// Is a dead agent started again soon, but never in a storm?
// SPDX-License-Identifier: MPL-2.0
#include "process/restart-policy.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

using pyro::process::RestartPolicy;
constexpr uint64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kBoot = 5 * kMinute;

// When an agent that always dies at once is started, asked every 100 ms.
std::vector<uint64_t> starts_of_a_hopeless_agent(uint64_t duration) {
  RestartPolicy policy;
  std::vector<uint64_t> seconds;
  for (uint64_t t = 0; t < duration; t += kSecond / 10) {
    if (!policy.may_start(kBoot + t)) continue;
    policy.started(kBoot + t);
    seconds.push_back(t / kSecond);
  }
  return seconds;
}

TEST(RestartPolicy, StartsTheFirstAtOnce) { EXPECT_TRUE(RestartPolicy().may_start(0)); }

TEST(RestartPolicy, WaitsLongerWithEveryFailure) {
  EXPECT_EQ(starts_of_a_hopeless_agent(2 * kMinute), (std::vector<uint64_t>{0, 1, 6, 36, 66, 96}));
}

TEST(RestartPolicy, StartsAHopelessAgentTwelveTimesAnHour) {
  const auto seconds = starts_of_a_hopeless_agent(3 * kHour);
  EXPECT_EQ(seconds.size(), 36u);
  for (size_t i = 12; i < seconds.size(); i++) EXPECT_GE(seconds[i] - seconds[i - 12], 3600u) << i;
}

TEST(RestartPolicy, StartsAtOnceAfterAMinuteOfHealth) {
  RestartPolicy policy;
  uint64_t now = kBoot;
  for (uint64_t pause : {0, 1, 5, 30}) policy.started(now += pause * kSecond);
  EXPECT_FALSE(policy.may_start(now + 29 * kSecond));
  EXPECT_TRUE(policy.may_start(now + 30 * kSecond));
  now += kMinute;
  EXPECT_TRUE(policy.may_start(now));
  policy.started(now);
  EXPECT_FALSE(policy.may_start(now + kSecond - 1));
  EXPECT_TRUE(policy.may_start(now + kSecond)) << "the pauses begin anew";
}

TEST(RestartPolicy, SurvivesAClockThatStandsStill) {
  RestartPolicy policy;
  policy.started(kBoot);
  EXPECT_FALSE(policy.may_start(kBoot));
  EXPECT_FALSE(policy.may_start(kBoot - kSecond));
}

}  // namespace
