// Who gets the cell of a pair of pads that is gone, when, and is anything lost or counted twice?
// SPDX-License-Identifier: MPL-2.0
#include "wire/cell-table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "samples.h"

using namespace pyro::wire;

namespace {

std::map<uint32_t, int> *held_names = nullptr;

class CellTableTest : public testing::Test {
 protected:
  CellTableTest() { held_names = &held; }
  ~CellTableTest() override { held_names = nullptr; }

  static void hold(void *, const CellKey &key) { (*held_names)[std::get<0>(key)]++; }
  static void release(void *, const CellKey &key) { (*held_names)[std::get<0>(key)]--; }

  Segment &segment() { return *mapping.segment(); }
  Cell &cell(uint32_t index) { return segment().cells.cell[index]; }
  // Names with one pad each.
  uint32_t claim(uint32_t pad, uint32_t kind = kCellChain) { return table.claim({pad, 0, kind}); }
  void count(uint32_t index, uint64_t buffers) {
    bump(cell(index).buffers, buffers);
    for (uint64_t i = 0; i < buffers; i++) cell(index).exclusive.record(grid, 1000);
  }
  // What an agent does in one tick.
  CellsCopy look() {
    const uint64_t retired = retired_so_far(segment().recycling);
    CellsCopy copy = copy_cells(segment().cells);
    acknowledge(segment().recycling, retired);
    return copy;
  }
  static uint64_t buffers(const CellsCopy &copy) {
    uint64_t sum = 0;
    for (const CellCopy &one : copy.cells) sum += one.buffers;
    for (const CellCopy &one : copy.ended) sum += one.buffers;
    return sum;
  }

  std::map<uint32_t, int> held;
  Mapping mapping = make_segment();
  Retirement retirement{segment().recycling};
  CellTable table{segment().cells, retirement, {hold, release, nullptr}};
};

TEST_F(CellTableTest, APairThatComesBackGoesOnInItsCellWithoutAReader) {
  const uint32_t first = claim(7);
  for (int i = 0; i < 10000; i++) {
    const uint32_t index = claim(8);
    ASSERT_EQ(index, first + 1);
    count(index, 1);
    table.retire(index);
  }
  EXPECT_EQ(cell(first + 1).buffers, 10000u);
  EXPECT_EQ(segment().cells.used, first + 2);
}

TEST_F(CellTableTest, WithoutAReaderTheCellsOfTheGoneAreNeverUsedAgain) {
  for (uint32_t pad = 1; pad < kCellCapacity; pad++) table.retire(claim(pad));
  for (uint32_t pad = 1000; pad < 1100; pad++) EXPECT_EQ(claim(pad), kOverflowCell);
  EXPECT_EQ(segment().cells.folds, 0u);
}

TEST_F(CellTableTest, WithAReaderTheLivingAlwaysGetACellAndNothingIsLostOrCountedTwice) {
  uint64_t counted = 0;
  std::deque<uint32_t> living;
  for (uint32_t pad = 2; pad < 20000; pad++) {
    const uint32_t index = claim(pad);
    ASSERT_NE(index, kOverflowCell) << pad;
    ASSERT_EQ(cell(index).buffers, 0u) << "it begins anew";
    ASSERT_EQ(cell(index).pad, pad);
    count(index, pad % 5);
    counted += pad % 5;
    living.push_back(index);
    if (living.size() > 200) {
      table.retire(living.front());
      living.pop_front();
    }
    if (pad % 50 == 0) {
      const CellsCopy copy = look();
      ASSERT_TRUE(copy.whole);
      ASSERT_EQ(buffers(copy), counted);
      ASSERT_LE(copy.cells.size(), kCellCapacity);
    }
  }
  EXPECT_EQ(buffers(look()), counted);
  const Cell &total = segment().cells.ended[kCellChain];
  uint64_t times = 0;
  for (const Word &bucket : total.exclusive.bucket) times += bucket;
  EXPECT_EQ(times, total.buffers);
  EXPECT_EQ(total.exclusive.sum_ns, 1000 * times);
}

TEST_F(CellTableTest, AHundredsOfLivingHopsAreNeverRefusedBecauseOfTheGone) {
  // As many as are guaranteed, told besides by three hundred others; all the rest of the table comes and goes.
  for (uint32_t pad = 1; pad <= 400; pad++) ASSERT_NE(claim(pad), kOverflowCell);
  for (uint32_t pad = 1000; pad < 6000; pad++) {
    const uint32_t index = claim(pad);
    ASSERT_NE(index, kOverflowCell) << pad;
    table.retire(index);
    if (pad % 30 == 0) look();
  }
}

TEST_F(CellTableTest, WhatIsNoHopTakesHalfAtMost) {
  uint32_t beside = 0;
  for (uint32_t pad = 1; pad < 2000; pad++) beside += claim(pad, kCellDriver) != kOverflowCell;
  EXPECT_EQ(beside, kCellCapacity / 2 - 1);
  for (uint32_t pad = 1; pad <= kCellCapacity / 2; pad++) EXPECT_NE(claim(pad), kOverflowCell);
}

TEST_F(CellTableTest, NamesAreHeldByCellsThatAreNotUsedAgainYet) {
  for (uint32_t pad = 2; pad < 5000; pad++) {
    table.retire(claim(pad));
    if (pad % 20 == 0) look();
  }
  std::map<uint32_t, int> expected;
  for (const CellCopy &one : look().cells)
    if (one.kind == kCellChain) expected[one.pad]++;
  for (auto at = held.begin(); at != held.end();) at = at->second == 0 ? held.erase(at) : std::next(at);
  EXPECT_EQ(held, expected);
}

TEST_F(CellTableTest, AnAcknowledgementOfWhatNeverWasIsNotBelieved) {
  segment().recycling.acknowledged = UINT64_MAX;
  for (uint32_t pad = 1; pad < kCellCapacity; pad++) table.retire(claim(pad));
  EXPECT_EQ(claim(1000), kOverflowCell);
}

TEST_F(CellTableTest, AnyAcknowledgementLeavesTheTargetWithOneWriterACell) {
  std::map<uint32_t, uint32_t> living;  // by pad
  for (uint32_t pad = 2; pad < 20000; pad++) {
    segment().recycling.acknowledged = pad * 2654435761u % 30000;
    const uint32_t index = claim(pad);
    if (index == kOverflowCell) continue;
    for (const auto &[other, taken] : living) ASSERT_NE(taken, index) << other << ' ' << pad;
    living[pad] = index;
    if (living.size() < 100) continue;
    table.retire(living.begin()->second);
    living.erase(living.begin());
  }
}

TEST_F(CellTableTest, ReadersBesideIt) {
  std::atomic<uint64_t> before{0}, after{0};
  std::atomic<bool> done{false};
  std::atomic<int> looks{0};
  std::thread reader([&] {
    while (!done) {
      const uint64_t least = before.load();
      const CellsCopy copy = look();
      const uint64_t sum = buffers(copy), most = after.load();
      if (copy.whole) {
        EXPECT_GE(sum, least);
        EXPECT_LE(sum, most);
        looks++;
      }
      for (const CellCopy &one : copy.cells) EXPECT_LE(one.buffers, 3u) << "of one pair alone";
    }
  });
  for (uint32_t pad = 2; pad < 200000 && (pad < 50000 || looks < 20); pad++) {
    const uint32_t index = claim(pad);
    if (index == kOverflowCell) {
      std::this_thread::yield();  // the reader is behind
      continue;
    }
    after += 3;
    bump(cell(index).buffers, 3);
    before += 3;
    table.retire(index);
  }
  done = true;
  reader.join();
  EXPECT_EQ(buffers(look()), before.load());
  EXPECT_GT(segment().cells.ended[kCellChain].buffers, 0u);
}

}  // namespace

TEST_F(CellTableTest, AReaderKnowsWhichCellsMovedSinceAnyEarlierLook) {
  const uint32_t rests = claim(7), moves = claim(8);
  count(rests, 2);
  Reader reader = read_segment(mapping.fd());
  const auto moved = [&reader] {
    CellsCopy look;
    reader.gone_cells(&look);
    std::map<uint32_t, uint64_t> by_index;
    for (const CellCopy &cell : look.cells) by_index[cell.index] = cell.moved;
    return by_index;
  };
  const auto first = moved();
  EXPECT_EQ(moved(), first);
  count(moves, 1);
  const auto second = moved();
  EXPECT_EQ(second.at(rests), first.at(rests));
  EXPECT_GT(second.at(moves), first.at(moves));
  // Whatever changes: any bucket, a level, the pair.
  for (Word *word : {&cell(moves).inclusive.bucket[200], &cell(moves).level, &cell(moves).flow[kFlowOther]}) {
    const auto before = moved();
    bump(*word, 1);
    const auto after = moved();
    EXPECT_GT(after.at(moves), before.at(moves));
    EXPECT_EQ(after.at(rests), before.at(rests));
    EXPECT_EQ(moved(), after);
  }
  const auto last = moved();
  cell(moves).pad = 9;
  EXPECT_GT(moved().at(moves), last.at(moves));
}
