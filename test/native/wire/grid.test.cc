// Does every duration fall into the bucket that OpenTelemetry's formula gives it?
// SPDX-License-Identifier: MPL-2.0
#include "wire/grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "wire/cells.h"

using namespace pyro::wire;

namespace {

// The slow truth: the first bucket whose bound, in extended precision, is not below the value.
int oracle(uint64_t ns) {
  const long double seconds = static_cast<long double>(ns) / 1e9L;
  for (int i = 0; i < kGridBounds; i++)
    if (seconds <= std::exp2(static_cast<long double>(i) / kGridPerOctave + kGridLowExponent)) return i;
  return kGridBounds;
}

}  // namespace

TEST(Grid, EveryBoundAndItsNeighboursAreOnTheRightSide) {
  const Grid grid;
  for (int i = 0; i < kGridBounds; i++) {
    const uint64_t last = grid.last_ns(i);
    EXPECT_EQ(grid.index(last), oracle(last)) << "bound " << i;
    EXPECT_EQ(grid.index(last + 1), oracle(last + 1)) << "bound " << i;
    EXPECT_EQ(grid.index(last - 1), oracle(last - 1)) << "bound " << i;
    EXPECT_LE(grid.index(last), i);
    EXPECT_GT(grid.index(last + 1), i);
  }
}

TEST(Grid, AWholeSecondIsTheUpperBoundOfItsBucket) {
  const Grid grid;
  EXPECT_EQ(grid.index(1000000000), 27 * kGridPerOctave);
  EXPECT_EQ(grid.index(1000000001), 27 * kGridPerOctave + 1);
  // OTLP: bucket k holds (2^(k/8), 2^((k+1)/8)], so one second ends bucket -1.
  EXPECT_EQ(grid.index(1000000000) + kGridLowExponent * kGridPerOctave - 1, -1);
}

TEST(Grid, EveryValueUpToTenMicrosecondsAgreesWithTheOracle) {
  const Grid grid;
  for (uint64_t ns = 0; ns <= 10000; ns++) ASSERT_EQ(grid.index(ns), oracle(ns)) << ns;
}

TEST(Grid, RandomValuesOfEveryMagnitudeAgreeWithTheOracle) {
  const Grid grid;
  std::mt19937_64 random(20240601);
  for (int i = 0; i < 200000; i++) {
    const uint64_t ns = random() >> (random() % 64);
    ASSERT_EQ(grid.index(ns), oracle(ns)) << ns;
  }
  EXPECT_EQ(grid.index(UINT64_MAX), kGridBounds);
}

TEST(Grid, AHistogramCountsEachValueOnceAndKeepsTheExtremes) {
  const Grid grid;
  Histogram one{}, shared{};
  const uint64_t values[] = {0, 7, 8, 1000, 123456789, 40000000000};
  uint64_t sum = 0;
  for (const uint64_t ns : values) {
    one.record(grid, ns);
    shared.record_shared(grid, ns);
    sum += ns;
  }
  for (const Histogram *h : {&one, &shared}) {
    uint64_t count = 0;
    for (const Word &bucket : h->bucket) count += bucket;
    EXPECT_EQ(count, std::size(values));
    EXPECT_EQ(h->sum_ns, sum);
    EXPECT_EQ(h->min_ns, 0u + 1);
    EXPECT_EQ(h->max_ns, 40000000000u);
  }
}
