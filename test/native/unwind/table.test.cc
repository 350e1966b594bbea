// Does an address find the row that holds for it, at every edge of a page?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace pyro::unwind {
namespace {

constexpr uint32_t kPage = kPageMask + 1;

struct Built {
  Built(const std::vector<Row> &all, uint64_t text_bytes) {
    for (const Row &row : all) EXPECT_TRUE(rows.push(row));
    EXPECT_TRUE(table.build(rows, text_bytes));
  }
  MappedArray<Row> rows;
  Table table;
};

// By going through all rows: the last one that begins at or before `offset`.
uint16_t slow_rule(const std::vector<Row> &rows, uint32_t offset) {
  uint16_t rule = kRuleNone;
  for (const Row &row : rows)
    if (row.at <= offset) rule = row.rule;
  return rule;
}

std::pair<uint32_t, uint32_t> slow_extent(const std::vector<Row> &rows, uint32_t offset, uint32_t end) {
  std::pair<uint32_t, uint32_t> extent{0, end};
  for (const Row &row : rows) {
    if (row.at <= offset) extent.first = row.at;
    if (row.at > offset) extent.second = std::min(extent.second, row.at);
  }
  return extent;
}

TEST(Table, nothing_holds_before_the_first_row_and_the_last_one_holds_to_the_end) {
  const Built built({{100, 7, 0}, {kPage + 5, 8, 0}}, 10 * kPage);
  const TableView view = built.table.view();
  EXPECT_EQ(view.row_at(99), -1);
  EXPECT_EQ(view.rule_at(99), kRuleNone);
  EXPECT_EQ(view.rule_at(100), 7);
  EXPECT_EQ(view.rule_at(kPage + 4), 7);
  EXPECT_EQ(view.rule_at(kPage + 5), 8);
  EXPECT_EQ(view.rule_at(10 * kPage - 1), 8);
}

using Extent = std::pair<uint32_t, uint32_t>;

Extent extent_at(const TableView &view, uint32_t offset, uint32_t last) {
  Extent extent;
  view.extent_of(view.row_at(offset), offset, last, &extent.first, &extent.second);
  return extent;
}

TEST(Table, an_extent_is_all_that_one_row_holds_for_over_pages_without_rows) {
  const Built built({{10, 2, 0}, {20, 3, 0}, {3 * kPage, 4, 0}}, 4 * kPage);
  const TableView view = built.table.view();
  const uint32_t last = 4 * kPage - 1;
  EXPECT_EQ(extent_at(view, 15, last), Extent(10, 20));
  EXPECT_EQ(extent_at(view, 5, last), Extent(0, 10));
  for (const uint32_t offset : {20u, kPage, 3 * kPage - 1})
    EXPECT_EQ(extent_at(view, offset, last), Extent(20, 3 * kPage));
  EXPECT_EQ(extent_at(view, 3 * kPage, last), Extent(3 * kPage, 4 * kPage));
  EXPECT_EQ(extent_at(view, kPage, kPage + 7), Extent(20, 2 * kPage)) << "nothing behind the last page is read";
}

TEST(Table, an_extent_goes_so_far_and_no_further) {
  const uint32_t pages = 3 * kMostPages;
  const Built built({{7, 2, 0}}, pages * kPage);
  const uint32_t middle = kMostPages + 5;
  EXPECT_EQ(extent_at(built.table.view(), middle * kPage + 9, pages * kPage - 1),
            Extent(5 * kPage, (middle + kMostPages) * kPage));
}

TEST(Table, any_rows_are_found_as_by_going_through_them_all) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; round++) {
    std::vector<Row> rows;
    for (uint32_t at = random() % 3000; at < 20 * kPage; at += 1 + random() % (round % 2 ? 40 : 4000))
      rows.push_back({at, static_cast<uint16_t>(random() % 500), 0});
    const Built built(rows, 20 * kPage);
    EXPECT_EQ(built.table.rows(), rows.size());
    EXPECT_GE(built.table.bytes(), Table::bytes_for(rows.size(), 20 * kPage));
    for (int i = 0; i < 500; i++) {
      const uint32_t offset = random() % (20 * kPage);
      ASSERT_EQ(built.table.view().rule_at(offset), slow_rule(rows, offset)) << offset;
      ASSERT_EQ(extent_at(built.table.view(), offset, 20 * kPage - 1), slow_extent(rows, offset, 20 * kPage)) << offset;
    }
  }
}

TEST(Table, without_rows_no_rule_holds_anywhere) {
  const Built built({}, 3 * kPage);
  for (const uint32_t offset : {0u, kPage, 3 * kPage - 1}) EXPECT_EQ(built.table.view().rule_at(offset), kRuleNone);
}

}  // namespace
}  // namespace pyro::unwind
