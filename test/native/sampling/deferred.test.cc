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

using sampling::Tables;
using testing::booked_ns;
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
  static void burn_until_some_wait() {
    for (int i = 0; i < 300 && sampling::deferred_count() < 6; i++) burn(kBurnNs / 16);
  }
  static bool is_wiped() {
    const uint64_t *words = pool().slice[0];
    const size_t count = sizeof pool().slice / sizeof *words;
    return std::all_of(words, words + count, [](uint64_t word) { return word == 0; });
  }
};

TEST_F(Deferred, stacks_are_walked_once_there_are_tables_and_then_wiped) {
  uint64_t burned = burn(kBurnNs);
  while (sampling::deferred_count() <= sampling::kMostSlices && burned < 20 * kBurnNs) burned += burn(kBurnNs / 4);
  sampling::set_rate(0);
  EXPECT_TRUE(drain(live()).empty()) << "nothing is known of any module";
  const uint32_t aside = sampling::deferred_count();
  EXPECT_GT(aside, sampling::kMostSlices) << "so some keep where they were, alone";
  EXPECT_FALSE(is_wiped());

  unwind::test::build_tables();
  EXPECT_EQ(0u, sampling::walk_deferred(live(), Tables::kBuilt));
  const auto samples = drain(live());
  ASSERT_EQ(aside, samples.size());
  EXPECT_NEAR(static_cast<double>(booked_ns(samples)), static_cast<double>(burned), 40e6);
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

__attribute__((noinline)) uint64_t burn_below_large_frames(int frames) {
  volatile char room[20000];
  room[0] = 0;
  const uint64_t burned = frames == 0 ? burn(kBurnNs / 4) : burn_below_large_frames(frames - 1);
  return burned + static_cast<uint64_t>(room[0]);
}

TEST_F(Deferred, stacks_with_frames_as_large_as_those_of_codecs_are_whole_too) {
  for (int i = 0; i < 40 && sampling::deferred_count() < 6; i++) burn_below_large_frames(1);
  sampling::set_rate(0);
  unwind::test::build_tables();
  EXPECT_EQ(0u, sampling::walk_deferred(live(), Tables::kBuilt));
  const auto samples = drain(live());
  ASSERT_GT(samples.size(), 5u);
  const auto is_whole = [](const auto &sample) { return sample.head.end == wire::kEndRoot; };
  EXPECT_EQ(static_cast<long>(samples.size()), std::count_if(samples.begin(), samples.end(), is_whole));
  EXPECT_TRUE(is_wiped());
}

TEST_F(Deferred, code_that_may_have_been_unloaded_meanwhile_is_not_named) {
  burn_until_some_wait();
  sampling::set_rate(0);
  const uint32_t aside = sampling::deferred_count();
  ASSERT_GT(aside, 5u);
  unwind::test::build_tables();
  unwind::shared.unloads.fetch_add(1);
  EXPECT_EQ(0u, sampling::walk_deferred(live(), Tables::kBuilt));
  const auto samples = drain(live());
  ASSERT_EQ(aside, samples.size());
  for (const auto &sample : samples) {
    ASSERT_EQ(1u, sample.head.depth);
    EXPECT_EQ(wire::pack_frame(0, wire::kFrameUnloaded), sample.frames[0]);
  }
  EXPECT_EQ(aside, live().counters.get(wire::kUnloaded));
}

// A codec's tables and calls come in pieces of a few milliseconds: far more of them than a stack is tried.
TEST_F(Deferred, a_stack_waits_while_tables_are_being_built) {
  burn_until_some_wait();
  sampling::set_rate(0);
  const uint32_t aside = sampling::deferred_count();
  for (int piece = 0; piece < 50; piece++) EXPECT_EQ(aside, sampling::walk_deferred(live(), Tables::kBuilding));
  unwind::test::build_tables();
  EXPECT_EQ(0u, sampling::walk_deferred(live(), Tables::kBuilt));
  const auto samples = drain(live());
  ASSERT_EQ(aside, samples.size());
  for (const auto &sample : samples) EXPECT_EQ(wire::kEndRoot, sample.head.end);
}

TEST_F(Deferred, what_cannot_be_walked_in_time_is_written_with_what_is_known) {
  burn_until_some_wait();
  sampling::set_rate(0);
  const uint32_t aside = sampling::deferred_count();
  ASSERT_GT(aside, 5u);
  EXPECT_EQ(aside, sampling::walk_deferred(live(), Tables::kBuilt)) << "they wait";
  EXPECT_EQ(0u, sampling::walk_deferred(live(), Tables::kNoMore));
  EXPECT_EQ(aside, drain(live()).size());
  EXPECT_TRUE(is_wiped());
}

TEST_F(Deferred, samples_beyond_the_room_for_them_are_written_as_they_are) {
  sampling::set_rate(1000);
  const uint64_t burned = burn(4 * kBurnNs);
  sampling::set_rate(0);
  unwind::test::build_tables();
  sampling::walk_deferred(live(), Tables::kNoMore);
  EXPECT_NEAR(static_cast<double>(booked_ns(drain(live()))), static_cast<double>(burned),
              0.05 * static_cast<double>(burned));
}

}  // namespace
}  // namespace pyro
