// Is each limit that was met told once, with the setting that a person can change?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "said.h"
#include "tracer/log.h"

namespace pyro::test {
namespace {

class LimitsSaid : public testing::Test {
 protected:
  LimitsSaid() { tracer::log_init(); }
  wire::Segment &segment() { return *mapping_->segment(); }
  std::string say() {
    limits_.say(segment());
    std::string all;
    for (const std::string &line : said_.lines()) all += line + "\n";
    return all;
  }

 private:
  int error_ = 0;
  std::optional<wire::Mapping> mapping_ = wire::Mapping::create(&error_);
  Said said_;
  tracer::Limits limits_;
};

size_t lines_of(const std::string &text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

TEST_F(LimitsSaid, NothingWhereNoLimitWasMet) {
  segment().counters.add(wire::kRingFull, 5);
  EXPECT_EQ(say(), "");
}

TEST_F(LimitsSaid, EachOnceHoweverOftenItIsMet) {
  segment().counters.add(wire::kTimerDenied);
  const std::string first = say();
  EXPECT_EQ(lines_of(first), 1u) << first;
  EXPECT_NE(first.find("ulimit -i"), std::string::npos) << first;
  segment().counters.add(wire::kTimerDenied, 100);
  EXPECT_EQ(say(), "");
  segment().counters.add(wire::kPerfDenied);
  EXPECT_NE(say().find("ulimit -n"), std::string::npos);
  EXPECT_EQ(say(), "");
}

TEST_F(LimitsSaid, AllOfThemAtATime) {
  for (const wire::Counter counter : {wire::kTimerDenied, wire::kPerfDenied, wire::kLeftAlone})
    segment().counters.add(counter);
  const std::string all = say();
  EXPECT_EQ(lines_of(all), 3u) << all;
  EXPECT_NE(all.find("seccomp"), std::string::npos) << all;
  EXPECT_EQ(say(), "");
}

}  // namespace
}  // namespace pyro::test
