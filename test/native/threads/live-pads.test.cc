// Is a value believed exactly as long as the pad lives, also while the table grows under its readers?
// SPDX-License-Identifier: MPL-2.0
#include "threads/live-pads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

namespace pyro::threads {
namespace {

const void *address(uint64_t n) { return reinterpret_cast<const void *>(0x7f0000000000 + n * 16); }

TEST(LivePads, AnEmptyTableKnowsNobody) {
  const LivePads pads;
  EXPECT_EQ(pads.find(address(1)), kNoSuchPad);
  pads.prefetch(address(1));
}

TEST(LivePads, APadIsFoundWithItsOwnerUntilItIsRemoved) {
  LivePads pads;
  ASSERT_TRUE(pads.add(address(1), 0));
  EXPECT_EQ(pads.find(address(1)), 0u);
  pads.set_owner(address(1), 42);
  EXPECT_EQ(pads.find(address(1)), 42u);
  pads.set_owner(address(2), 43);  // not a pad: nothing happens
  EXPECT_EQ(pads.find(address(2)), kNoSuchPad);
  pads.remove(address(1));
  EXPECT_EQ(pads.find(address(1)), kNoSuchPad);
  pads.remove(address(1));
  EXPECT_EQ(pads.size(), 0u);
}

TEST(LivePads, AddingAPadAgainKeepsOnePlace) {
  LivePads pads;
  ASSERT_TRUE(pads.add(address(1), 5));
  ASSERT_TRUE(pads.add(address(1), kTransparentPad));
  EXPECT_EQ(pads.size(), 1u);
  EXPECT_EQ(pads.find(address(1)), kTransparentPad);
  pads.remove(address(1));
  EXPECT_EQ(pads.find(address(1)), kNoSuchPad);
}

TEST(LivePads, ManyPadsComeAndGoAndTheTableIsAlwaysThatOfAPlainMap) {
  LivePads pads;
  std::unordered_map<uint64_t, uint32_t> truth;
  std::mt19937_64 random(1);
  for (int step = 0; step < 200000; step++) {
    const uint64_t n = random() % 6000;
    if (random() % 3 == 0) {
      pads.remove(address(n));
      truth.erase(n);
    } else {
      const auto owner = static_cast<uint32_t>(random() % 1000 + 1);
      ASSERT_TRUE(pads.add(address(n), owner));
      truth[n] = owner;
    }
  }
  ASSERT_EQ(pads.size(), truth.size());
  for (uint64_t n = 0; n < 6000; n++) {
    const auto known = truth.find(n);
    EXPECT_EQ(pads.find(address(n)), known == truth.end() ? kNoSuchPad : known->second);
  }
}

TEST(LivePads, AFullTableSaysSoAndForgetsNobody) {
  LivePads pads;
  uint64_t added = 0;
  while (added < 1000000 && pads.add(address(added), static_cast<uint32_t>(added + 1))) added++;
  EXPECT_GT(added, 10000u);
  EXPECT_LT(added, 1000000u);
  for (uint64_t n = 0; n < added; n++) ASSERT_EQ(pads.find(address(n)), n + 1);
  EXPECT_EQ(pads.find(address(added)), kNoSuchPad);
}

// The owner of pad n is always n + 1 or 0: any other answer would be another pad's.
TEST(LivePads, AReaderNeverGetsTheOwnerOfAnotherPad) {
  LivePads pads;
  std::atomic<bool> done{false};
  std::atomic<uint64_t> found{0}, wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; i++)
    readers.emplace_back([&, i] {
      std::mt19937_64 random(static_cast<uint64_t>(i));
      while (!done) {
        const uint64_t n = random() % 600;
        const uint32_t owner = pads.find(address(n));
        if (owner == kNoSuchPad) continue;
        found++;
        if (owner != n + 1) wrong++;
      }
    });
  std::mt19937_64 random(7);
  for (int step = 0; step < 400000 || (found < 1000 && step < 40000000); step++) {
    const uint64_t n = random() % 600;
    if (random() % 2 == 0)
      pads.add(address(n), static_cast<uint32_t>(n + 1));
    else
      pads.remove(address(n));
  }
  done = true;
  for (std::thread &reader : readers) reader.join();
  EXPECT_GT(found.load(), 0u);
  EXPECT_EQ(wrong.load(), 0u);
}

}  // namespace
}  // namespace pyro::threads
