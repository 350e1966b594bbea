// How does an address find its rule in a few cache lines? Rows of 4 bytes under a directory of small pages.
//
// A page has about as many rows as fit one cache line, so a cold look-up costs one line of the directory and one or two
// of rows. A page without rows needs nothing: the row before it still holds.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/cfi.h"
#include "unwind/cfi/mapped-array.h"
#include "unwind/cfi/rule.h"

namespace pyro::unwind {

inline constexpr uint32_t kPageBits = 10;
inline constexpr uint32_t kPageMask = (1u << kPageBits) - 1;

// What is kept of a row goes so far to both sides: 64 KB, four cache lines of the directory.
inline constexpr uint32_t kMostPages = 64;

struct PackedRow {
  uint16_t in_page;
  uint16_t rule;
};
static_assert(sizeof(PackedRow) == 4);

// What the walker reads: plain pointers into a Table. `limit` = bytes of text covered.
struct TableView {
  const uint32_t
      *directory;  // for each page the number of the first row that begins in it or later; one more at the end
  const PackedRow *rows;

  // The row that holds at `offset` bytes after the start of the text; -1 before the first.
  int32_t row_at(uint32_t offset) const {
    const uint32_t page = offset >> kPageBits, in_page = offset & kPageMask;
    uint32_t low = directory[page], high = directory[page + 1];
    while (low < high) {
      const uint32_t middle = (low + high) / 2;
      if (rows[middle].in_page <= in_page)
        low = middle + 1;
      else
        high = middle;
    }
    return static_cast<int32_t>(low) - 1;
  }
  // How far the row goes that row_at(offset) found: [*from, *to) in bytes after the start of the text, cut off where
  // that is far away. `last`: an offset that the table covers, not before `offset`.
  void extent_of(int32_t row, uint32_t offset, uint32_t last, uint32_t *from, uint32_t *to) const {
    const uint32_t page = offset >> kPageBits, next = static_cast<uint32_t>(row + 1);
    uint32_t first = page;
    const uint32_t lowest = page > kMostPages ? page - kMostPages : 0;
    while (first > lowest && directory[first] >= next) first--;
    const bool begins_there = row >= 0 && directory[first] < next;
    *from = (first << kPageBits) + (begins_there ? rows[row].in_page : 0);
    uint32_t end = page + 1;
    const uint32_t highest = last >> kPageBits < page + kMostPages ? (last >> kPageBits) + 1 : page + kMostPages;
    while (end < highest && directory[end] <= next) end++;
    *to = directory[end] > next ? ((end - 1) << kPageBits) + rows[next].in_page : end << kPageBits;
  }
  uint16_t rule_of(int32_t row) const { return row < 0 ? kRuleNone : rows[row].rule; }
  uint16_t rule_at(uint32_t offset) const { return rule_of(row_at(offset)); }
};

// Owns what a view points into: one mapping a module.
class Table {
 public:
  // false = out of memory. `rows` as read_cfi gives them.
  bool build(const MappedArray<Row> &rows, uint64_t text_bytes);

  TableView view() const { return {blob_.data(), reinterpret_cast<const PackedRow *>(blob_.data() + directory_)}; }
  uint32_t rows() const { return rows_; }
  size_t bytes() const { return blob_.mapped_bytes(); }
  // What build() will need.
  static size_t bytes_for(size_t rows, uint64_t text_bytes) { return (rows + (text_bytes >> kPageBits) + 2) * 4; }

 private:
  MappedArray<uint32_t> blob_;
  uint32_t directory_ = 0, rows_ = 0;
};

}  // namespace pyro::unwind
