// Does a window keep every nanosecond under its label set, whatever the limits, and stacks as long as there is room?
// SPDX-License-Identifier: MPL-2.0
#include "profile/window.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "records.h"

using namespace pyro;
using namespace pyro::profile;

namespace {

constexpr Limits kRoomy{6 << 20, 2000};

// The label set of each sample is its element.
void add(Window &window, const std::vector<TestSample> &samples) {
  std::vector<LabelSet> sets;
  for (const TestSample &sample : samples) sets.push_back(sample.element);
  const std::vector<unsigned char> records = records_of(samples);
  window.add(records.data(), records.size(), sets);
}

Sums fold(const std::vector<TestSample> &samples, const Limits &limits = kRoomy) {
  Window window(limits);
  add(window, samples);
  return window.swap();
}

std::map<LabelSet, uint64_t> by_set(const Sums &sums) {
  std::map<LabelSet, uint64_t> all;
  for (const Row &row : sums.rows) all[row.set] += row.weight_ns;
  return all;
}

std::vector<uint64_t> stack_of(const Sums &sums, const Row &row) {
  std::vector<uint64_t> stack;
  for (uint32_t i = 0; i < row.depth; i++) stack.push_back(sums.frames[sums.stacks[row.stack + i]]);
  return stack;
}

const std::vector<uint64_t> kStack = {wire::pack_frame(2, 0x10), wire::pack_frame(3, 0x20)};

}  // namespace

TEST(Window, AddsEqualSamplesUp) {
  TestSample one{7, kStack}, other{7, kStack, 30};
  other.end = wire::kEndNoCfi;
  other.flags = wire::kSampleInferred | wire::kSampleFromStack;
  const Sums sums = fold({one, other});
  ASSERT_EQ(sums.rows.size(), 1u);
  const Row &row = sums.rows[0];
  EXPECT_EQ(stack_of(sums, row), kStack);
  EXPECT_EQ(row.set, 7);
  EXPECT_EQ(row.wait, kOnCpu);
  EXPECT_EQ(row.kind, RowKind::kStack);
  EXPECT_EQ((std::vector<uint64_t>{row.weight_ns, row.samples, row.reached_root, row.inferred}),
            (std::vector<uint64_t>{40, 2, 1, 1}));
  EXPECT_EQ((std::vector<uint64_t>{sums.samples, sums.total_ns, sums.folded, sums.refused}),
            (std::vector<uint64_t>{2, 40, 0, 0}));
}

TEST(Window, KeepsApartWhatDiffersInOneThing) {
  const std::vector<uint64_t> turned(kStack.rbegin(), kStack.rend());
  std::vector<TestSample> samples(9, TestSample{1, kStack});
  samples[1].element = 2;
  samples[2].frames = turned;
  samples[3].frames.pop_back();
  samples[4].frames.clear();
  samples[5].frames[0]++;
  samples[6].flags = wire::kSampleTruncated;
  samples[7].span = 1ull << 63;
  samples[8].blocked = true;
  EXPECT_EQ(fold(samples).rows.size(), samples.size());
  Window window(kRoomy);
  for (int i = 0; i < 2; i++) add(window, samples);
  const Sums twice = window.swap();
  EXPECT_EQ(twice.rows.size(), samples.size());
  for (const Row &row : twice.rows) EXPECT_EQ(row.samples, 2u);
}

TEST(Window, BeginsAnewAfterEachSwap) {
  Window window(kRoomy);
  add(window, {{1, kStack}});
  EXPECT_GT(window.bytes(), 0u);
  const Sums first = window.swap();
  EXPECT_EQ(window.bytes(), 0u);
  add(window, {{2, kStack}});
  EXPECT_EQ(by_set(window.swap()), (std::map<LabelSet, uint64_t>{{2, 10}}));
  EXPECT_EQ(by_set(first), (std::map<LabelSet, uint64_t>{{1, 10}}));
  EXPECT_TRUE(window.swap().rows.empty());
}

TEST(Window, ThatIsFullKeepsSumsAndKnownStacks) {
  std::vector<TestSample> samples;
  std::map<LabelSet, uint64_t> expected;
  for (uint32_t i = 0; i < 5005; i++) {
    samples.push_back({i % 5, {wire::pack_frame(2, i < 5000 ? i : i - 5000), kStack[1]}, i + 1});
    expected[i % 5] += i + 1;
  }
  Window window({20000, 100});
  add(window, samples);
  EXPECT_LT(window.bytes(), 20000u + 5 * 600);
  const Sums sums = window.swap();
  EXPECT_EQ(by_set(sums), expected);
  uint64_t folded = 0, found_again = 0;
  for (const Row &row : sums.rows) {
    if (row.kind == RowKind::kFolded) folded += row.samples;
    if (row.kind == RowKind::kStack && row.samples == 2) found_again++;
  }
  EXPECT_EQ(sums.folded, folded);
  EXPECT_GT(folded, 4000u);
  EXPECT_EQ(found_again, 5u);
}

TEST(Window, PutsLabelSetsBeyondTheLimitUnderOne) {
  std::vector<TestSample> samples;
  for (uint32_t i = 0; i < 10; i++) samples.push_back({i, kStack, 5});
  EXPECT_EQ(by_set(fold(samples, {1 << 20, 3})), (std::map<LabelSet, uint64_t>{{0, 5}, {1, 5}, {2, 5}, {-1, 35}}));
}

TEST(Window, RefusesWeightsThatNoSampleHas) {
  const Sums sums = fold(
      {{1, kStack, 0}, {1, kStack, wire::kMaxWeightNs}, {1, kStack, wire::kMaxWeightNs + 1}, {1, kStack, UINT64_MAX}});
  EXPECT_EQ(sums.refused, 3u);
  EXPECT_EQ(sums.samples, 1u);
  EXPECT_EQ(sums.total_ns, wire::kMaxWeightNs);
}

TEST(Window, OfOwnersHasStacksOnlyWhereTheOwnerIsNotKnown) {
  std::vector<TestSample> samples = {
      {7, kStack, 10}, {7, {kStack[1]}, 20}, {7, kStack, 40}, {0, kStack, 80}, {0, kStack, 160}};
  samples[1].span = 5;
  samples[2].blocked = true;
  samples[2].wait = 202;
  samples[4].chain = {8};
  Window window(kRoomy);
  EXPECT_EQ(window.takes(Detail::kOwners), Detail::kOwners);
  add(window, samples);
  EXPECT_EQ(window.takes(Detail::kStacks), Detail::kOwners) << "it has samples";
  const Sums sums = window.swap();
  std::vector<std::vector<uint64_t>> rows;
  for (const Row &row : sums.rows)
    rows.push_back({static_cast<uint64_t>(row.set), static_cast<uint64_t>(row.wait), row.depth, row.weight_ns});
  EXPECT_EQ(rows, (std::vector<std::vector<uint64_t>>{
                      {7, kOnCpu, 0, 30}, {7, 202, 0, 40}, {0, kOnCpu, 2, 80}, {0, kOnCpu, 0, 160}}));
  EXPECT_EQ(window.takes(Detail::kStacks), Detail::kStacks);
  add(window, samples);
  EXPECT_EQ(by_set(window.swap()), by_set(sums));
}

TEST(Window, TakesNoMoreSamplesThanItHasLabelSetsFor) {
  Window window(kRoomy);
  const std::vector<unsigned char> records = records_of({{1, kStack}, {2, kStack}, {3, kStack}});
  window.add(records.data(), records.size(), {1, 2});
  EXPECT_EQ(by_set(window.swap()), (std::map<LabelSet, uint64_t>{{1, 10}, {2, 10}}));
}
