// Does every buffer that comes out of a queue get its own time, and every one that does not count as dropped?
// SPDX-License-Identifier: MPL-2.0
#include "timing/residence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <random>
#include <thread>

namespace pyro::timing {
namespace {

const void *buffer(uint64_t i) { return reinterpret_cast<const void *>(0x1000 + i * 64); }

class ResidenceTest : public testing::Test {
 protected:
  uint64_t in(uint64_t i, uint64_t stamp, uint64_t ticks) {
    const uint64_t place = residence_->put(buffer(i), stamp);
    residence_->settle(place, ticks);
    return place;
  }
  std::unique_ptr<Residence> residence_ = std::make_unique<Residence>();
};

TEST_F(ResidenceTest, ABufferWaitsFromTheEndOfTheQueuesFunctionUntilItIsTaken) {
  in(1, 10, 1000);
  in(2, 20, 1500);
  Residence::Taken taken = residence_->take(buffer(1), 10, 4000);
  EXPECT_TRUE(taken.found);
  EXPECT_EQ(taken.waited, 3000u);
  EXPECT_EQ(taken.skipped, 0u);
  taken = residence_->take(buffer(2), 20, 4100);
  EXPECT_EQ(taken.waited, 2600u);
  EXPECT_EQ(residence_->level(), 0u);
  EXPECT_EQ(residence_->highest(), 2u);
}

TEST_F(ResidenceTest, OneThatIsTakenBeforeTheFunctionReturnsDidNotWait) {
  const uint64_t place = residence_->put(buffer(1), 10);
  EXPECT_EQ(residence_->take(buffer(1), 10, 5000).waited, 0u);
  residence_->settle(place, 5100);
  in(2, 20, 9000);
  EXPECT_EQ(residence_->take(buffer(2), 20, 8000).waited, 0u);  // clocks of two cores
}

TEST_F(ResidenceTest, WhatNeverComesOutIsSkippedByTheNextThatDoes) {
  for (uint64_t i = 0; i < 10; i++) in(i, i, 100);
  EXPECT_EQ(residence_->take(buffer(7), 7, 200).skipped, 7u);
  EXPECT_EQ(residence_->level(), 2u);
  EXPECT_EQ(residence_->take(buffer(9), 9, 200).skipped, 1u);
}

// Room for three; one comes out for every ten that come.
TEST_F(ResidenceTest, WhatLeakedAlreadyIsNotInTheHighWaterMark) {
  for (const Residence::Leak leak : {Residence::kNewest, Residence::kOldest}) {
    residence_->clear();
    residence_->leaks(leak);
    const auto cell = std::make_unique<wire::Cell>();
    std::deque<uint64_t> inside;
    for (uint64_t i = 0; i < 500; i++) {
      // No time stamps, and memory that comes again as soon as it is free.
      uint64_t memory = 0;
      while (std::find(inside.begin(), inside.end(), memory) != inside.end()) memory++;
      const uint64_t place = residence_->put(buffer(memory), 0);
      const bool full = inside.size() == 3;
      if (full && leak == Residence::kOldest) inside.pop_front();
      if (!full || leak == Residence::kOldest) inside.push_back(memory);
      residence_->settle(place, i + 1);
      if (i % 10 != 9) continue;
      residence_->come_back();
      residence_->take_into(*cell, nullptr, buffer(inside.front()), 0, 1000);
      inside.pop_front();
      ASSERT_LE(cell->highest_level.load(), 3u) << leak << " after " << i;
    }
    EXPECT_EQ(cell->highest_level.load(), 3u) << leak;
    EXPECT_LE(cell->level.load(), 3u) << leak;
  }
}

// A leaky queue with room for three, and two threads that lose their CPU anywhere: between what the queue does and what
// is noted of it, as many come and leak as like.
class LeakyQueue {
 public:
  LeakyQueue(Residence &residence, Residence::Leak leak, uint32_t seed)
      : residence_(residence), leak_(leak), random_(seed) {
    residence_.leaks(leak);
  }
  // The next step of one of the two.
  void step() { random_() % 2 == 0 ? give() : fetch(); }
  uint64_t most_inside() const { return most_; }

 private:
  static constexpr size_t kRoom = 3;

  void give() {
    if (giving_ == 0) {
      place_ = residence_.put(buffer(next_), next_);
    } else if (giving_ == 1) {
      const bool full = inside_.size() == kRoom;
      if (full && leak_ == Residence::kOldest) inside_.pop_front();
      if (!full || leak_ == Residence::kOldest) inside_.push_back(next_);
      count();
    } else {
      residence_.settle(place_, ++now_);
      next_++;
    }
    giving_ = (giving_ + 1) % 3;
  }
  void fetch() {
    if (fetching_ == 0) {
      if (inside_.empty()) return;
      on_its_way_ = inside_.front();
      inside_.pop_front();
    } else if (fetching_ == 1) {
      residence_.take(buffer(on_its_way_), on_its_way_, ++now_);
    } else {
      residence_.come_back();
    }
    fetching_ = (fetching_ + 1) % 3;
  }
  // One that was given out is counted until it was noted.
  void count() { most_ = std::max<uint64_t>(most_, inside_.size() + (fetching_ == 1 ? 1 : 0)); }

  Residence &residence_;
  const Residence::Leak leak_;
  std::mt19937 random_;
  std::deque<uint64_t> inside_;
  uint64_t next_ = 0, on_its_way_ = 0, now_ = 0, place_ = 0, most_ = 0;
  int giving_ = 0, fetching_ = 0;
};

TEST_F(ResidenceTest, AlthoughAThreadLosesItsCpuTheHighWaterMarkHasOnlyWhatWasInside) {
  for (const Residence::Leak leak : {Residence::kNewest, Residence::kOldest})
    for (uint32_t seed = 0; seed < 100; seed++) {
      residence_->clear();
      LeakyQueue queue(*residence_, leak, seed);
      for (int i = 0; i < 1000; i++) {
        queue.step();
        ASSERT_LE(residence_->highest(), queue.most_inside()) << leak << ", seed " << seed << ", step " << i;
      }
      EXPECT_GE(residence_->highest(), 3u) << leak << ", seed " << seed;
    }
}

// The one that takes slept after the queue gave it a buffer.
TEST_F(ResidenceTest, WhatLeakedWhileOneWasOnItsWayIsNotInTheHighWaterMark) {
  residence_->leaks(Residence::kOldest);
  for (uint64_t i = 0; i < 3; i++) in(i, i, 100);
  for (uint64_t i = 3; i < 10; i++) in(i, i, 200);  // 0 was given out before, and of the others the last three stay
  for (const uint64_t i : {0, 7, 8, 9}) residence_->take(buffer(i), i, 300);
  EXPECT_EQ(residence_->highest(), 4u);
}

// It may leak and never was full.
TEST_F(ResidenceTest, AQueueThatDoesNotLeakHasTheMarkOfOneThatCannot) {
  for (const Residence::Leak leak : {Residence::kNothing, Residence::kNewest, Residence::kOldest}) {
    residence_->clear();
    residence_->leaks(leak);
    for (uint64_t i = 0; i < 7; i++) in(i, i, 100);
    for (uint64_t i = 0; i < 4; i++) residence_->take(buffer(i), i, 200);
    for (uint64_t i = 7; i < 9; i++) in(i, i, 300);
    for (uint64_t i = 4; i < 9; i++) residence_->take(buffer(i), i, 400);
    EXPECT_EQ(residence_->highest(), 7u) << leak;
  }
}

TEST_F(ResidenceTest, AQueueThatFillsWhileNothingIsTakenShowsIt) {
  const auto cell = std::make_unique<wire::Cell>();
  residence_->book_on(cell.get());
  for (uint64_t i = 0; i < 5; i++) {
    in(i, i, 100);
    residence_->take_into(*cell, nullptr, buffer(i), i, 200);
    EXPECT_EQ(cell->level.load(), 0u);
  }
  in(5, 5, 300);  // the first one after a take: at most it is not seen
  for (uint64_t i = 6; i < 9; i++) {
    in(i, i, 300);
    EXPECT_EQ(cell->level.load(), i - 4);
    EXPECT_EQ(cell->highest_level.load(), i - 4);
  }
  residence_->take_into(*cell, nullptr, buffer(5), 5, 400);
  EXPECT_EQ(cell->level.load(), 3u);
}

TEST_F(ResidenceTest, AFlushIsBookedApartFromDropsAndEmptiesTheQueue) {
  const auto cell = std::make_unique<wire::Cell>();
  residence_->book_on(cell.get());
  for (uint64_t i = 0; i < 10; i++) in(i, i, 100);
  residence_->take_into(*cell, nullptr, buffer(4), 4, 200);
  residence_->flush();
  EXPECT_EQ(cell->dropped.load(), 4u);
  EXPECT_EQ(cell->flushed.load(), 5u);
  EXPECT_EQ(cell->level.load(), 0u);
  EXPECT_EQ(residence_->level(), 0u);
  EXPECT_FALSE(residence_->take(buffer(9), 9, 300).found);
  in(1, 30, 400);
  residence_->take_into(*cell, nullptr, buffer(1), 30, 500);
  EXPECT_EQ(cell->dropped.load(), 4u);
  for (uint64_t i = 0; i < 10; i++) in(i, i, 600);
  residence_->begin_flush(3);  // of a leaky queue: seven are out already
  residence_->begin_flush(0);
  residence_->flush();
  EXPECT_EQ(cell->dropped.load(), 11u);
  EXPECT_EQ(cell->flushed.load(), 8u);
  residence_->book_on(nullptr);
  in(2, 40, 400);
  residence_->flush();
  EXPECT_EQ(cell->flushed.load(), 8u);
}

TEST_F(ResidenceTest, ADroppedBuffersAddressUsedAgainIsToldApartByItsTime) {
  in(1, 10, 100);
  in(2, 20, 200);
  in(1, 30, 300);  // the first was dropped and its memory came again
  const Residence::Taken taken = residence_->take(buffer(1), 30, 1000);
  EXPECT_EQ(taken.waited, 700u);
  EXPECT_EQ(taken.skipped, 2u);
}

TEST_F(ResidenceTest, AStrangerIsNotFoundAndTakesNothingWithIt) {
  in(1, 10, 100);
  EXPECT_FALSE(residence_->take(buffer(2), 10, 200).found);
  EXPECT_FALSE(residence_->take(buffer(1), 11, 200).found);
  EXPECT_EQ(residence_->level(), 1u);
  EXPECT_TRUE(residence_->take(buffer(1), 10, 200).found);
}

TEST_F(ResidenceTest, ThereIsAnEndToTheRoomAndRoomAgainAfterwards) {
  for (uint64_t i = 0; i < Residence::kCapacity; i++) EXPECT_NE(in(i, i, 1), Residence::kNowhere);
  EXPECT_EQ(in(5000, 5000, 1), Residence::kNowhere);
  EXPECT_EQ(residence_->highest(), uint64_t{Residence::kCapacity});
  EXPECT_TRUE(residence_->take(buffer(0), 0, 2).found);
  EXPECT_NE(in(5001, 5001, 1), Residence::kNowhere);
  EXPECT_FALSE(residence_->take(buffer(5000), 5000, 2).found);
}

TEST_F(ResidenceTest, WhatNobodyLookedAtForAWhileIsNeitherFoundNorDropped) {
  for (uint64_t i = 0; i < 5; i++) in(i, i, 100);
  residence_->forget();
  EXPECT_EQ(residence_->level(), 0u);
  EXPECT_FALSE(residence_->take(buffer(3), 3, 200).found);
  in(9, 9, 300);
  EXPECT_EQ(residence_->take(buffer(9), 9, 400).skipped, 0u);
}

// A leaky queue between two threads: every buffer is taken once or skipped once.
TEST_F(ResidenceTest, BetweenTwoThreadsTakenAndSkippedAddUp) {
  constexpr uint64_t kBuffers = 300000;
  constexpr uint32_t kRoom = 64;
  struct Item {
    std::atomic<uint64_t> number{~uint64_t{0}};
  };
  std::atomic<uint64_t> head{0}, tail{0};
  std::vector<Item> queue(kRoom);
  std::atomic<bool> done{false};
  uint64_t in_count = 0, refused = 0;
  std::thread producer([&] {
    std::mt19937 random(1);
    for (uint64_t i = 0; i < kBuffers; i++) {
      uint64_t place;
      while ((place = residence_->put(buffer(i % 512), i)) == Residence::kNowhere) std::this_thread::yield();
      in_count++;
      if (random() % 10 == 0 || head - tail == kRoom) {
        refused++;  // dropped on entry
      } else {
        queue[head % kRoom].number = i;
        head++;
      }
      residence_->settle(place, i + 1);
    }
    done = true;
  });
  uint64_t taken = 0, skipped = 0;
  while (!done || tail != head) {
    if (tail == head) {
      std::this_thread::yield();
      continue;
    }
    const uint64_t i = queue[tail % kRoom].number;
    tail++;
    const Residence::Taken one = residence_->take(buffer(i % 512), i, ~uint64_t{0} - 1);
    ASSERT_TRUE(one.found) << i;
    taken++;
    skipped += one.skipped;
  }
  producer.join();
  EXPECT_EQ(in_count, kBuffers);
  EXPECT_EQ(taken + refused, kBuffers);
  EXPECT_EQ(taken + skipped + residence_->level(), kBuffers);
}

}  // namespace
}  // namespace pyro::timing
