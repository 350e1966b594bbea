// Do events of perf sample beyond the tick, add up, and give way to timers where they are refused?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/perf-events.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "sampling/harness.h"

namespace pyro {
namespace {

using testing::burn;
using testing::drain;
using testing::live;

class PerfEvents : public ::testing::Test {
 protected:
  void SetUp() override {
    live();
    if (sampling::perf_error() != 0) GTEST_SKIP() << "this machine permits no events of perf";
    sampling::stop();
    drain(live());
    ASSERT_EQ(nullptr, sampling::start(1000, sampling::perf_engine()));
  }
  void TearDown() override { sampling::stop(); }

  static uint64_t burn_in_a_thread() {
    uint64_t burned = 0;
    std::thread worker([&] {
      threads::register_current();
      burned = burn(1000000000);
    });
    worker.join();
    threads::scan();
    return burned;
  }
};

TEST_F(PerfEvents, sample_a_thousand_times_a_second_with_weights_that_add_up) {
  const double burned = static_cast<double>(burn_in_a_thread());
  const std::vector<testing::Sample> samples = drain(live());
  EXPECT_NEAR(static_cast<double>(testing::weight_of(samples)) / burned, 1.0, 0.02);
  EXPECT_GT(static_cast<double>(samples.size()) / (burned / 1e9), 850);
  EXPECT_LE(static_cast<double>(samples.size()) / (burned / 1e9), 1010);
}

TEST_F(PerfEvents, give_way_to_a_timer_where_no_descriptor_is_left_and_are_counted) {
  const uint64_t denied = live().counters.get(wire::kPerfDenied);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
  const uint64_t masked_before_ns = live().account.masked_ns.load();
  const double burned = static_cast<double>(burn_in_a_thread());
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_GT(live().counters.get(wire::kPerfDenied), denied);
  EXPECT_NEAR(static_cast<double>(testing::booked_ns(drain(live()), masked_before_ns)) / burned, 1.0, 0.05);
}

}  // namespace
}  // namespace pyro
