// Do the agent's words reach the target whole, in order and bounded, and can a lying agent do no more than lie?
// SPDX-License-Identifier: MPL-2.0
#include "wire/messages.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace pyro::wire;

namespace {

struct Taken {
  std::vector<std::string> texts;
  std::vector<uint32_t> levels;
};

Taken take_all(Messages &messages, uint32_t *next) {
  Taken taken;
  uint32_t level = 0;
  std::string text;
  while (take_message(messages, next, &level, &text)) {
    taken.texts.push_back(text);
    taken.levels.push_back(level);
  }
  return taken;
}

}  // namespace

TEST(Messages, ArriveInOrderWithTheirLevelsAndOnce) {
  const auto messages = std::make_unique<Messages>();
  uint32_t next = 0;
  for (int round = 0; round < 100; round++) {
    ASSERT_TRUE(put_message(*messages, kMessageWarning, "one"));
    ASSERT_TRUE(put_message(*messages, kMessageLog, "two"));
    const Taken taken = take_all(*messages, &next);
    ASSERT_EQ(taken.texts, (std::vector<std::string>{"one", "two"}));
    ASSERT_EQ(taken.levels, (std::vector<uint32_t>{kMessageWarning, kMessageLog}));
    ASSERT_TRUE(take_all(*messages, &next).texts.empty());
  }
}

TEST(Messages, BeyondTheSlotsAreDroppedAndCountedDetailsFirst) {
  const auto messages = std::make_unique<Messages>();
  uint32_t put = 0;
  for (int i = 0; i < 100; i++) put += put_message(*messages, kMessageLog, "detail") ? 1 : 0;
  EXPECT_EQ(put, kMessageSlots - kMessagesKept);
  for (int i = 0; i < 100; i++) put += put_message(*messages, kMessageWarning, "warning") ? 1 : 0;
  EXPECT_EQ(put, kMessageSlots);
  EXPECT_EQ(messages->dropped.load(), 200 - kMessageSlots);
  uint32_t next = 0;
  EXPECT_EQ(take_all(*messages, &next).texts.size(), kMessageSlots);
  EXPECT_TRUE(put_message(*messages, kMessageWarning, "again"));
}

TEST(Messages, AreCutAtASlot) {
  const auto messages = std::make_unique<Messages>();
  put_message(*messages, kMessageInfo, std::string(5000, 'x'));
  uint32_t next = 0;
  EXPECT_EQ(take_all(*messages, &next).texts, (std::vector<std::string>{std::string(kMessageBytes, 'x')}));
}

TEST(Messages, OfALyingAgentAreBoundedInNumberAndLength) {
  const auto messages = std::make_unique<Messages>();
  std::mt19937 random(7);
  uint32_t next = 0;
  for (int round = 0; round < 2000; round++) {
    auto *bytes = reinterpret_cast<unsigned char *>(messages.get());
    for (size_t i = 0; i < sizeof(Messages); i++) bytes[i] = static_cast<unsigned char>(random());
    const Taken taken = take_all(*messages, &next);
    ASSERT_LE(taken.texts.size(), kMessageSlots);
    for (const std::string &text : taken.texts) ASSERT_LE(text.size(), kMessageBytes);
  }
}
