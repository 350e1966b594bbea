// Are cells of one label added up without splitting a bucket, and is a level treated as what it is?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/series.h"

#include <cmath>

#include "written.h"

namespace pyro::exposition {
namespace {

double bound_of(size_t bucket) { return std::exp2(kFirstExponent + static_cast<double>(bucket)) * 1e9; }

TEST(Series, EachBucketOfTheGridLiesWholeInOneOfTheTexts) {
  for (int i = 0; i < wire::kGridBuckets; i++) {
    wire::HistogramCopy copy{};
    copy.bucket[static_cast<size_t>(i)] = 3;
    copy.sum_ns = 7;
    Durations durations;
    durations.add(copy);
    durations.add(copy);
    EXPECT_EQ(durations.count(), 6u);
    EXPECT_EQ(durations.sum_ns, 14u);
    size_t at = 0;
    while (durations.bucket[at] == 0) at++;
    EXPECT_EQ(durations.bucket[at], 6u) << "not split";
    if (i == wire::kGridBounds) {
      EXPECT_EQ(at, static_cast<size_t>(kOctaves)) << "beyond the last bound";
      continue;
    }
    EXPECT_LE(wire::Grid::bound_ns(i), bound_of(at) * (1 + 1e-9)) << i;
    EXPECT_GT(wire::Grid::bound_ns(i), at == 0 ? 0 : bound_of(at - 1) * (1 + 1e-9)) << i;
  }
}

wire::CellCopy copy_of(uint32_t kind, uint64_t level, uint64_t highest, uint32_t last_ns = 0) {
  wire::CellCopy cell{};
  cell.kind = kind;
  cell.level = level;
  cell.highest_level = highest;
  cell.last_ns = last_ns;
  cell.buffers = 10;
  cell.bytes = 100;
  cell.invocations = 4;
  cell.nested = 1;
  cell.dropped = 2;
  cell.flushed = 3;
  cell.flow[wire::kFlowEos] = 5;
  return cell;
}

TEST(Series, CountsAreSumsAndTheLatestTimeIsThatOfTheLatestCellThatHasOne) {
  Series series;
  for (const uint32_t last_ns : {70u, 80u, 0u}) series.add(copy_of(wire::kCellChain, 0, 0, last_ns));
  EXPECT_EQ(series.buffers, 30u);
  EXPECT_EQ(series.bytes, 300u);
  EXPECT_EQ(series.calls, 12u);
  EXPECT_EQ(series.nested, 3u);
  EXPECT_EQ(series.dropped, 6u);
  EXPECT_EQ(series.flushed, 9u);
  EXPECT_EQ(series.flow[wire::kFlowEos], 15u);
  EXPECT_EQ(series.flow[wire::kFlowOk], 0u);
  EXPECT_EQ(series.last_ns, 80u);
}

TEST(Series, LevelsOfQueuesAddUpAndThoseOfOtherCellsAreTheHighest) {
  Series queues, reported;
  for (const uint64_t level : {5, 9, 2}) {
    queues.add(copy_of(wire::kCellQueue, level, 10 * level));
    reported.add(copy_of(wire::kCellReported, level, 10 * level));
  }
  EXPECT_EQ(queues.level, 16u);
  EXPECT_EQ(queues.highest_level, 90u);
  EXPECT_EQ(reported.level, 9u);
  EXPECT_EQ(reported.highest_level, 90u);
}

TEST(Series, ALatencyIsBelievedFromTheShareOfFoundBuffersOnThatIsAgreed) {
  Series series;
  EXPECT_FALSE(series.is_believed()) << "no buffer at all";
  series.calls = 100;
  series.buffers = static_cast<uint64_t>(100 * wire::kBelievedShare) - 1;
  EXPECT_FALSE(series.is_believed());
  series.buffers++;
  EXPECT_TRUE(series.is_believed());
}

TEST(Series, CellsOfOneLabelAreOneSeriesAndTheOrderIsThatOfTheFirstCells) {
  SeriesList list;
  for (const char *labels : {"b", "a", "b", "c", "a", "b"}) list.add(labels, copy_of(wire::kCellChain, 0, 0));
  std::string order;
  for (const Series &series : list.all()) order += series.labels + std::to_string(series.buffers) + " ";
  EXPECT_EQ(order, "b30 a20 c10 ");
}

TEST(Series, ALookHasTheOverflowCellOnlyOnceItCountedAndAlwaysTheNamesOfWhatItHas) {
  Written written;
  const uint32_t pad = written.pad(written.element(written.pipeline(), "i", "identity"), "sink");
  call(written.cell(pad), 2, 1);
  const Look quiet = look_at(written.segment());
  ASSERT_EQ(quiet.cells.size(), 1u);
  EXPECT_EQ(quiet.topology.path(quiet.topology.pad(quiet.cells[0].pad).element), "pipeline0/i");
  call(written.segment().cells.cell[wire::kOverflowCell], 2, 1);
  const Look full = look_at(written.segment());
  ASSERT_EQ(full.cells.size(), 2u);
  EXPECT_EQ(full.cells[0].kind, uint32_t{wire::kCellOverflow});
  EXPECT_EQ(full.topology.pad(full.cells[0].pad).label, "(overflow)");
}

}  // namespace
}  // namespace pyro::exposition
