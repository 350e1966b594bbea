// What is known of the code that the clock interrupted? Its function's row of the table, found by any address inside.
//
// The next sample of a thread is seldom at the same address, but mostly in one of the few functions that it works in.
// So a row is kept over its whole extent, however many pages of the table that is, and all rows are compared: which one
// holds an address cannot be told from the address. Their bounds lie side by side, two cache lines that are asked for
// before the walk begins. Code without CFI, as assembly is, is kept too: what is spared there is the look-up that finds
// out that there is no rule, or only one guessed from the prologue.
//
// Part of a thread's page (frame-cache.h), under its generation, used by one handler at a time. All zero = empty.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/walk/packed-rule.h"

namespace pyro::unwind {

struct Segment;

// A caller as it is shown.
struct ShownFrame {
  uint64_t frame;  // tag << 44 | ELF address
  bool shown;      // false: excluded code
};

// Code that goes on by one rule. Half a cache line on x86-64.
class alignas(32) LeafRow {
 public:
  ShownFrame shown(uint64_t pc) const { return {frame_ + pc, true}; }
  const PackedRule &rule() const { return rule_; }
  const Segment *segment() const { return segment_; }

 private:
  friend class LeafRows;
  uint64_t frame_;          // less the address: the same for all of the row
  const Segment *segment_;  // of that generation's snapshot
  PackedRule rule_;
};

class alignas(64) LeafRows {
 public:
  static constexpr uint32_t kRows = 10;

  // Where a row begins, how far it goes, how it is shown at its begin.
  struct Extent {
    uint64_t start;
    uint32_t bytes;
    uint64_t frame;
    const Segment *segment;
  };

  // Long before find().
  void expect() const {
    for (const char *line = begin(); line < end_of_bounds(); line += 64) __builtin_prefetch(line, 1);
  }
  // The row of the last walk: most likely it is the same.
  void expect_last() const { __builtin_prefetch(rows_ + last_); }

  // What is known of code interrupted at `pc`, or nullptr.
  const LeafRow *find(uint64_t pc) {
    const uint32_t row = row_of(pc);
    if (row == kRows) return nullptr;
    recent_ |= 1u << row;
    last_ = static_cast<uint8_t>(row);
    return rows_ + row;
  }

  // All of `extent` goes on by `rule`; nullptr: no rule is known. `pc` is in it; what is known of it stays as it is.
  void put(uint64_t pc, const Extent &extent, const Rule *rule) {
    if (row_of(pc) != kRows) return;
    LeafRow fresh;
    fresh.rule_.cfa = PackedRule::kNoRule;
    if (rule && !fresh.rule_.pack(*rule)) return;
    fresh.frame_ = extent.frame - extent.start;
    fresh.segment_ = extent.segment;
    const uint32_t row = oldest();
    starts_[row] = extent.start;
    bytes_[row] = extent.bytes;
    rows_[row] = fresh;
    last_ = static_cast<uint8_t>(row);
  }

 private:
  const char *begin() const { return reinterpret_cast<const char *>(this); }
  const char *end_of_bounds() const { return reinterpret_cast<const char *>(rows_); }

  // kRows: none holds it. All are compared, without a branch that could be foretold wrongly.
  uint32_t row_of(uint64_t pc) const {
    uint32_t holds = 0;
    for (uint32_t row = 0; row < kRows; row++) holds |= uint32_t{pc - starts_[row] < bytes_[row]} << row;
    return holds != 0 ? static_cast<uint32_t>(__builtin_ctz(holds)) : kRows;
  }

  // The next one in turn that was not found since its last turn.
  uint32_t oldest() {
    uint32_t row = turn_;
    while (recent_ >> row & 1) {
      recent_ &= ~(1u << row);
      row = (row + 1) % kRows;
    }
    turn_ = static_cast<uint8_t>((row + 1) % kRows);
    return row;
  }

  uint64_t starts_[kRows];
  uint32_t bytes_[kRows];  // 0 = nothing
  uint32_t recent_;        // bit r: row r was found since its last turn
  uint8_t turn_, last_;
  LeafRow rows_[kRows];
};

}  // namespace pyro::unwind
