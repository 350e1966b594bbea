// Is the number of each combination of ids asked for once, and again when what is known does not hold any more?
// SPDX-License-Identifier: MPL-2.0
#include "profile/label-index.h"

#include <gtest/gtest.h>

#include "records.h"

using namespace pyro;
using namespace pyro::profile;

namespace {

using Ids = std::vector<uint32_t>;
using Sets = std::vector<LabelSet>;

void look(LabelIndex &index, const std::vector<TestSample> &samples, uint64_t version = 0) {
  const std::vector<unsigned char> records = records_of(samples);
  index.look(records.data(), records.size(), version);
}

// A sample of an element, in a thread of that name and number, inside of others.
TestSample of(uint32_t element, uint32_t thread = 0, uint32_t number = 0, Ids chain = {}) {
  TestSample sample;
  sample.element = element;
  sample.thread = thread;
  sample.thread_number = number;
  sample.chain = std::move(chain);
  return sample;
}

}  // namespace

TEST(LabelIndex, AsksForEachCombinationOnce) {
  LabelIndex index;
  look(index, {of(7, 1), of(7, 2), of(7, 1), of(7, 1, 3), of(7, 1, 0, {8, 9}), of(7, 1, 0, {8}), of(7, 1, 0, {8, 9})});
  EXPECT_EQ(index.unknown(), (Ids{7, 1, 0, 0, 7, 2, 0, 0, 7, 1, 3, 0, 7, 1, 0, 2, 8, 9, 7, 1, 0, 1, 8}));
  ASSERT_TRUE(index.learn({10, 20, 30, 40, 40}));
  EXPECT_EQ(index.sets(), (Sets{10, 20, 10, 30, 40, 40, 40}));
  look(index, {of(7, 2), of(8, 2), of(7, 1)});
  EXPECT_EQ(index.unknown(), (Ids{8, 2, 0, 0}));
  ASSERT_TRUE(index.learn({50}));
  EXPECT_EQ(index.sets(), (Sets{20, 50, 10}));
  look(index, {of(7, 2)});
  EXPECT_TRUE(index.unknown().empty());
  ASSERT_TRUE(index.learn({}));
  EXPECT_EQ(index.sets(), (Sets{20}));
}

TEST(LabelIndex, AsksAgainOnceWhatIsKnownMayBeWrong) {
  LabelIndex index;
  look(index, {of(7)}, 1);
  ASSERT_TRUE(index.learn({1}));
  look(index, {of(7)}, 2);
  EXPECT_EQ(index.unknown(), (Ids{7, 0, 0, 0}));
  ASSERT_TRUE(index.learn({2}));
  EXPECT_EQ(index.sets(), (Sets{2}));
}

TEST(LabelIndex, AsksAgainWhereNobodyAnswered) {
  LabelIndex index;
  look(index, {of(7), of(8)});
  EXPECT_FALSE(index.learn({1}));
  EXPECT_FALSE(index.learn({1, 2, 3}));
  look(index, {of(8), of(9)});
  EXPECT_EQ(index.unknown(), (Ids{8, 0, 0, 0, 9, 0, 0, 0}));
  ASSERT_TRUE(index.learn({5, 6}));
  EXPECT_EQ(index.sets(), (Sets{5, 6}));
}

TEST(LabelIndex, DoesNotAskForWhatAWindowRefuses) {
  LabelIndex index;
  TestSample nothing = of(7), broken = of(8);
  nothing.weight_ns = 0;
  broken.weight_ns = wire::kMaxWeightNs + 1;
  look(index, {nothing, of(9), broken});
  EXPECT_EQ(index.unknown(), (Ids{9, 0, 0, 0}));
  ASSERT_TRUE(index.learn({3}));
  EXPECT_EQ(index.sets(), (Sets{0, 3, 0}));
}

TEST(LabelIndex, ForgetsBeforeItKnowsTooMany) {
  LabelIndex index;
  LabelSet next = 0;
  size_t asked = 0;
  for (uint32_t round = 0; round < 100; round++) {
    std::vector<TestSample> samples;
    for (uint32_t i = 0; i < 100; i++) samples.push_back(of(round * 100 + i + 1));
    samples.push_back(of(0));
    look(index, samples);
    const size_t count = index.unknown().size() / 4;
    asked += count;
    Sets numbers;
    for (size_t i = 0; i < count; i++) numbers.push_back(next++);
    ASSERT_TRUE(index.learn(numbers));
    ASSERT_EQ(index.sets().size(), 101u);
  }
  EXPECT_EQ(asked, 10000u + 2) << "the one that always comes is asked for again after each time that all are forgotten";
}
