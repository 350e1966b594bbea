// Is every rule kept once, under a number that means it for ever?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/cfi/dictionary.h"

#include <gtest/gtest.h>

#include <vector>

namespace pyro::unwind {
namespace {

Rule rule_of(int32_t offset) {
  Rule rule{};
  rule.reg = kStackPointer;
  rule.offset = offset;
  return rule;
}

TEST(RuleDictionary, equal_rules_have_one_number_and_others_another) {
  RuleDictionary dictionary;
  const uint16_t eight = dictionary.number_of(rule_of(8)), sixteen = dictionary.number_of(rule_of(16));
  EXPECT_GE(eight, kFirstRule);
  EXPECT_NE(eight, sixteen);
  EXPECT_EQ(dictionary.number_of(rule_of(8)), eight);
  EXPECT_EQ(dictionary.number_of(rule_of(16)), sixteen);
  EXPECT_EQ(dictionary.size(), kFirstRule + 2u);
}

TEST(RuleDictionary, what_a_number_means_and_where_it_lies_never_changes_while_others_come) {
  RuleDictionary dictionary;
  const uint16_t first = dictionary.number_of(rule_of(-1));
  const Rule *where = dictionary.rules();
  for (int i = 0; i < 5000; i++) dictionary.number_of(rule_of(i));
  EXPECT_EQ(dictionary.rules(), where);
  EXPECT_EQ(dictionary.rules()[first].offset, -1);
}

TEST(RuleDictionary, a_full_one_gives_bad_for_new_rules_and_the_number_for_known_ones) {
  RuleDictionary dictionary;
  std::vector<uint16_t> numbers;
  for (uint32_t i = kFirstRule; i < RuleDictionary::kCapacity; i++)
    numbers.push_back(dictionary.number_of(rule_of(static_cast<int32_t>(i))));
  EXPECT_EQ(dictionary.size(), RuleDictionary::kCapacity);
  EXPECT_EQ(dictionary.number_of(rule_of(-5)), kRuleBad);
  EXPECT_EQ(dictionary.number_of(rule_of(static_cast<int32_t>(kFirstRule))), numbers.front());
  EXPECT_EQ(dictionary.number_of(rule_of(static_cast<int32_t>(RuleDictionary::kCapacity - 1))), numbers.back());
}

}  // namespace
}  // namespace pyro::unwind
