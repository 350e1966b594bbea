// Is a push called slow by the limit that was set, and by what its own pad is used to?
// SPDX-License-Identifier: MPL-2.0
#include "timing/slow-push.h"

#include <gtest/gtest.h>

#include <memory>

namespace pyro::timing {
namespace {

constexpr uint64_t kMs = 1000000;

class SlowPush : public ::testing::Test {
 protected:
  SlowPush() { segment->control.span_threshold = wire::kSpanNever / 2; }
  void calls(wire::Cell &cell, uint64_t count, uint64_t ns) {
    for (uint64_t i = 0; i < count; i++) cell.inclusive.record(wire::grid, ns);
    wire::bump(cell.invocations, count);
  }
  bool slow(const wire::Cell *cell, uint64_t ns) { return is_slow(*pads, *segment, cell, ns); }

  std::unique_ptr<wire::Segment> segment = std::make_unique<wire::Segment>();
  std::unique_ptr<wire::Cell> cell = std::make_unique<wire::Cell>();
  std::unique_ptr<SlowPads> pads = std::make_unique<SlowPads>();
};

TEST_F(SlowPush, none_is_where_nothing_was_asked_for) {
  calls(*cell, 1000, kMs);
  EXPECT_FALSE(slow(cell.get(), 3600 * 1000 * kMs));
}

TEST_F(SlowPush, one_that_takes_as_long_as_the_limit_is_also_without_a_cell) {
  segment->control.span_slow_ns = 5 * kMs;
  EXPECT_FALSE(slow(nullptr, 5 * kMs - 1));
  EXPECT_TRUE(slow(nullptr, 5 * kMs));
}

TEST_F(SlowPush, one_beyond_99_of_100_of_its_pad_is_once_there_were_enough_of_them) {
  segment->control.span_p99 = 1;
  calls(*cell, 199, kMs);
  EXPECT_FALSE(slow(cell.get(), 1000 * kMs)) << "too few to tell";
  calls(*cell, 801, kMs);
  EXPECT_FALSE(slow(cell.get(), kMs)) << "as usual";
  EXPECT_TRUE(slow(cell.get(), 2 * kMs));
}

TEST_F(SlowPush, where_all_are_chosen_one_beyond_the_cap_is_not_kept_for_its_pads_percentile) {
  segment->control.span_p99 = 1;
  segment->control.span_threshold = 0;
  calls(*cell, 1000, kMs);
  EXPECT_FALSE(slow(cell.get(), 1000 * kMs));
}

TEST_F(SlowPush, a_pad_that_becomes_slower_has_another_limit_after_as_many_calls_again) {
  segment->control.span_p99 = 1;
  calls(*cell, 1000, kMs);
  EXPECT_TRUE(slow(cell.get(), 20 * kMs));
  calls(*cell, 1000, 50 * kMs);
  EXPECT_FALSE(slow(cell.get(), 20 * kMs));
}

}  // namespace
}  // namespace pyro::timing
