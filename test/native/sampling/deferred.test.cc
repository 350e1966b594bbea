// Does a stack that nobody can walk yet come to its record later, whole, and is nothing of it kept?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/deferred.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "modules-ready.h"
#include "sampling/harness.h"
#include "unwind/modules/snapshot.h"

namespace pyro {
namespace {

using testing::burn;
using testing::drain;
using testing::live;
using testing::weight_of;

constexpr uint64_t kBurnNs = 600000000;

class Deferred : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(nullptr, &live());
    ASSERT_EQ(1u, unwind::test::tagged().size()) << "tables stay while a process lives: ctest gives each test its own";
    unwind::ModuleMap::note_unloads();
    sampling::keep_deferred();
    threads::register_current();
    ASSERT_EQ(nullptr, sampling::start(250));
  }
  void TearDown() override { sampling::stop(); }

  static const sampling::detail::Pool &pool() { return *sampling::detail::deferred_pool.load(); }
  static bool is_wiped() {
    const uint64_t *words = pool().slice[0];
    const size_t count = sizeof pool().slice / sizeof *words;
    return std::all_of(words, words + count, [](uint64_t word) { return word == 0; });
  }
};

TEST_F(Deferred, stacks_are_walked_once_there_are_tables_and_then_wiped) {
  const uint64_t burned = burn(kBurnNs);
  sampling::set_rate(0);
  EXPECT_TRUE(drain(live()).empty()) << "nothing is known of any module";
  const uint32_t aside = sampling::deferred_count();
  EXPECT_GT(aside, sampling::kMostSlices) << "so some keep where they were, alone";
  EXPECT_FALSE(is_wiped());

  unwind::test::build_tables();
  EXPECT_EQ(0u, sampling::walk_deferred(live(), false));
  const auto samples = drain(live());
  ASSERT_EQ(aside, samples.size());
  EXPECT_NEAR(static_cast<double>(weight_of(samples)), static_cast<double>(burned), 40e6);
  uint32_t whole = 0;
  for (const auto &sample : samples) {
    ASSERT_GE(sample.head.depth, 1u);
    EXPECT_NE(0u, wire::frame_module(sample.frames[0])) << "its program counter is known in any case";
    whole += sample.head.end == wire::kEndRoot && sample.head.depth > 3;
  }
  EXPECT_EQ(sampling::kMostSlices, whole);
  EXPECT_EQ(aside, live().counters.get(wire::kSamplesDeferred));
  EXPECT_EQ(0u, sampling::deferred_count());
  EXPECT_EQ(0u, pool().slices.load());
  EXPECT_TRUE(is_wiped());
}

TEST_F(Deferred, code_that_may_have_been_unloaded_meanwhile_is_not_named) {
  burn(kBurnNs / 4);
  sampling::set_rate(0);
  const uint32_t aside = sampling::deferred_count();
  ASSERT_GT(aside, 5u);
  unwind::test::build_tables();
  unwind::shared.unloads.fetch_add(1);
  EXPECT_EQ(0u, sampling::walk_deferred(live(), false));
  const auto samples = drain(live());
  ASSERT_EQ(aside, samples.size());
  for (const auto &sample : samples) {
    ASSERT_EQ(1u, sample.head.depth);
    EXPECT_EQ(wire::pack_frame(0, wire::kFrameUnloaded), sample.frames[0]);
  }
  EXPECT_EQ(aside, live().counters.get(wire::kUnloaded));
}

TEST_F(Deferred, what_cannot_be_walked_in_time_is_written_with_what_is_known) {
  burn(kBurnNs / 4);
  sampling::set_rate(0);
  const uint32_t aside = sampling::deferred_count();
  ASSERT_GT(aside, 5u);
  EXPECT_EQ(aside, sampling::walk_deferred(live(), false)) << "they wait";
  EXPECT_EQ(0u, sampling::walk_deferred(live(), true));
  EXPECT_EQ(aside, drain(live()).size());
  EXPECT_TRUE(is_wiped());
}

TEST_F(Deferred, samples_beyond_the_room_for_them_are_written_as_they_are) {
  sampling::set_rate(1000);
  const uint64_t burned = burn(4 * kBurnNs);
  sampling::set_rate(0);
  unwind::test::build_tables();
  sampling::walk_deferred(live(), true);
  // What a busy machine's late tick makes look like a blocked signal is booked there.
  const uint64_t booked = weight_of(drain(live())) + live().account.masked_ns.load();
  EXPECT_NEAR(static_cast<double>(booked), static_cast<double>(burned), 0.05 * static_cast<double>(burned));
}

}  // namespace
}  // namespace pyro
