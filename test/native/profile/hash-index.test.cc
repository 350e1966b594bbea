// Is each number found by its hash, however many there are and however alike their hashes?
// SPDX-License-Identifier: MPL-2.0
#include "profile/hash-index.h"

#include <gtest/gtest.h>

using namespace pyro::profile;

TEST(HashIndex, FindsEachOfManyNumbers) {
  HashIndex index;
  for (uint32_t i = 0; i < 50000; i++) index.add(mix(1, i), i);
  for (uint32_t i = 0; i < 50000; i++) {
    EXPECT_EQ(index.find(mix(1, i), [&](uint32_t number) { return number == i; }), i);
    EXPECT_EQ(index.find(mix(2, i), [&](uint32_t number) { return number == i; }), kNoNumber);
  }
}

TEST(HashIndex, TellsNumbersOfOneHashApart) {
  HashIndex index;
  for (uint32_t i = 0; i < 3000; i++) index.add(7, i);
  for (uint32_t i = 0; i < 3000; i += 100) EXPECT_EQ(index.find(7, [&](uint32_t number) { return number == i; }), i);
  EXPECT_EQ(index.find(7, [](uint32_t) { return false; }), kNoNumber);
}

TEST(HashIndex, HasNothingAfterClear) {
  HashIndex index;
  for (uint32_t i = 0; i < 2000; i++) index.add(mix(1, i), i);
  index.clear();
  for (uint32_t i = 0; i < 2000; i++) EXPECT_EQ(index.find(mix(1, i), [](uint32_t) { return true; }), kNoNumber);
  index.add(mix(1, 5), 0);
  EXPECT_EQ(index.find(mix(1, 5), [](uint32_t) { return true; }), 0u);
}
