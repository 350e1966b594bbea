// Is a row of interrupted code found by any address in it, by no other, and does a walk by it say what a look-up says?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/walk/leaf-rows.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "modules-ready.h"
#include "plain-rule.h"
#include "unwind/modules/snapshot.h"
#include "unwind/walk/walker.h"

namespace pyro::unwind::test {
namespace {

std::unique_ptr<LeafRows> no_rows() { return std::make_unique<LeafRows>(LeafRows{}); }

const Segment *segment_at(uintptr_t number) { return reinterpret_cast<const Segment *>(number * 64); }

TEST(LeafRows, a_row_is_found_anywhere_in_it_and_nowhere_else) {
  const auto rows = no_rows();
  EXPECT_FALSE(rows->find(0));
  EXPECT_FALSE(rows->find(~uint64_t{0}));
  const Rule rule = plain_rule(48);
  const uint64_t start = 0x7f1234567440, bytes = 0x5030;  // over several pages of a table
  rows->put(start + 7, {start, static_cast<uint32_t>(bytes), 0x500000000440, segment_at(3)}, &rule);
  for (const uint64_t pc : {start, start + 1, start + 0x1fff, start + bytes - 1}) {
    const LeafRow *row = rows->find(pc);
    ASSERT_TRUE(row) << std::hex << pc;
    EXPECT_EQ(row->shown(pc).frame, 0x500000000440u + (pc - start));
    EXPECT_TRUE(row->shown(pc).shown);
    EXPECT_EQ(row->segment(), segment_at(3));
    Rule out;
    row->rule().unpack(&out);
    EXPECT_TRUE(out == rule);
  }
  for (const uint64_t pc : {start - 1, start + bytes, start ^ uint64_t{1} << 40, uint64_t{0}})
    EXPECT_FALSE(rows->find(pc)) << std::hex << pc;
}

TEST(LeafRows, code_without_a_rule_is_known_to_have_none_and_a_guess_stays_one) {
  const auto rows = no_rows();
  rows->put(0x1000, {0x1000, 0x10, 1, segment_at(1)}, nullptr);
  ASSERT_TRUE(rows->find(0x100f));
  EXPECT_EQ(rows->find(0x100f)->rule().cfa, PackedRule::kNoRule);
  Rule guess = plain_rule(16), out;
  guess.cfa |= kCfaGuess;
  rows->put(0x2000, {0x2000, 0x10, 1, segment_at(1)}, &guess);
  ASSERT_TRUE(rows->find(0x2000));
  rows->find(0x2000)->rule().unpack(&out);
  EXPECT_TRUE(out == guess);
}

TEST(LeafRows, a_rule_that_does_not_fit_an_empty_row_and_one_known_already_change_nothing) {
  const auto rows = no_rows();
  Rule wide = plain_rule(8);
  const Rule fits = plain_rule(16), other = plain_rule(24);
  wide.saved[1] = -3000;
  rows->put(0x1000, {0x1000, 0x10, 1, segment_at(1)}, &wide);
  rows->put(0x1000, {0x1000, 0, 1, segment_at(1)}, &fits);
  EXPECT_FALSE(rows->find(0x1000));
  for (uint32_t i = 0; i < 3 * LeafRows::kRows; i++) {
    rows->put(0x1000, {0x1000, 0x10, 1, segment_at(1)}, &fits);
    rows->put(0x1000, {0x1000, 0x10, 2, segment_at(2)}, &other);
  }
  ASSERT_TRUE(rows->find(0x1000));
  EXPECT_EQ(rows->find(0x1000)->segment(), segment_at(1));
}

// A row of a megabyte is put in pieces (Table::extent_of), which overlap.
TEST(LeafRows, pieces_of_one_row_may_overlap) {
  const auto rows = no_rows();
  const Rule rule = plain_rule(16);
  rows->put(0x20000, {0x10000, 0x20000, 0x10000, segment_at(1)}, &rule);
  rows->put(0x38000, {0x28000, 0x20000, 0x28000, segment_at(1)}, &rule);
  for (const uint64_t pc : {0x10000, 0x2ffff, 0x30000, 0x47fff}) {
    ASSERT_TRUE(rows->find(pc)) << std::hex << pc;
    EXPECT_EQ(rows->find(pc)->shown(pc).frame, pc);
  }
}

TEST(LeafRows, more_rows_than_fit_are_forgotten_in_turn_and_never_mixed_up) {
  const auto rows = no_rows();
  const Rule first_rule = plain_rule(8);
  rows->put(0x100, {0x100, 0x10, 0x100, segment_at(1)}, &first_rule);
  for (uint32_t i = 2; i < 500; i++) {
    ASSERT_TRUE(rows->find(0x108)) << "used at each walk: not forgotten, " << i;
    const Rule rule = plain_rule(static_cast<int32_t>(8 * i));
    rows->put(uint64_t{i} << 8, {uint64_t{i} << 8, 0x10, uint64_t{i} << 8, segment_at(i)}, &rule);
  }
  uint32_t held = 0;
  for (uint32_t i = 1; i < 500; i++) {
    const LeafRow *row = rows->find((uint64_t{i} << 8) + 4);
    if (!row) continue;
    held++;
    Rule rule;
    row->rule().unpack(&rule);
    EXPECT_EQ(rule.offset, static_cast<int32_t>(8 * i));
    EXPECT_EQ(row->segment(), segment_at(i));
    EXPECT_EQ(row->shown((uint64_t{i} << 8) + 4).frame, (uint64_t{i} << 8) + 4);
  }
  EXPECT_EQ(held, LeafRows::kRows);
  EXPECT_TRUE(rows->find(uint64_t{499} << 8)) << "the newest";
}

// --- on the modules of this process ---

struct Known {
  const Segment *segment;
  uint16_t rule;
  uint64_t frame;
};

Known look_up(const Segment &segment, uint64_t pc) {
  const uint64_t tag = segment.tag.load();
  return {&segment, segment.table.rule_at(static_cast<uint32_t>(pc - segment.text)),
          tag << kFrameTagShift | ((pc - segment.bias) & ((uint64_t{1} << kFrameTagShift) - 1))};
}

// Puts the row at `pc` as a walk does.
void put_row_at(LeafRows &rows, const Segment &segment, uint64_t pc, const Rule *all) {
  const auto offset = static_cast<uint32_t>(pc - segment.text);
  const int32_t row = segment.table.row_at(offset);
  const uint16_t rule = segment.table.rule_of(row);
  if (rule == kRuleBad) return;
  uint32_t from, to;
  segment.table.extent_of(row, offset, static_cast<uint32_t>(segment.end - 1 - segment.text), &from, &to);
  const uint64_t start = std::max(segment.start, segment.text + from), end = std::min(segment.end, segment.text + to);
  ASSERT_LE(start, pc);
  ASSERT_LT(pc, end);
  rows.put(pc, {start, static_cast<uint32_t>(end - start), look_up(segment, start).frame, &segment},
           rule == kRuleNone ? nullptr : all + rule);
}

void expect_same(const LeafRow &row, const Known &known, uint64_t pc, const Rule *all) {
  ASSERT_EQ(row.segment(), known.segment);
  ASSERT_EQ(row.shown(pc).frame, known.frame);
  if (known.rule == kRuleNone) {
    ASSERT_EQ(row.rule().cfa, PackedRule::kNoRule);
    return;
  }
  Rule out;
  row.rule().unpack(&out);
  ASSERT_TRUE(out == all[known.rule]);
}

TEST(LeafRows, what_they_say_of_any_address_of_real_modules_is_what_the_tables_say) {
  build_tables();
  const Snapshot &snapshot = *shared.snapshot.load();
  const Rule *all = shared.rules.load();
  std::mt19937_64 random(11);
  uint64_t found = 0, looked = 0;
  for (uint32_t i = 0; i < snapshot.count; i++) {
    const Segment &segment = snapshot.segments[i];
    if (!segment.table.rows) continue;
    const auto rows = no_rows();
    uint64_t near = segment.start;
    for (int round = 0; round < 4000; round++) {
      const bool far = round % 8 == 0;
      const uint64_t span = segment.end - segment.start;
      const uint64_t pc =
          far ? segment.start + random() % span : segment.start + (near - segment.start + random() % 3000) % span;
      near = far ? pc : near;
      looked++;
      const LeafRow *row = rows->find(pc);
      if (row) {
        found++;
        expect_same(*row, look_up(segment, pc), pc, all);
      } else {
        put_row_at(*rows, segment, pc, all);
      }
      if (HasFatalFailure()) return;
    }
  }
  printf("  found %lu of %lu\n", found, looked);
  EXPECT_GT(found * 20, looked) << "the test must cover rows that are found";
}

}  // namespace
}  // namespace pyro::unwind::test
