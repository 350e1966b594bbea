// How does the agent, which has no terminal, say something? A few slots of text that the tracer reads and writes to its
// log.
//
// One writer (the reader of the segment), one reader (the target's background thread). Full means dropped and counted:
// neither ever waits for the other. The target believes no number and no byte of it.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pyro::wire {

inline constexpr uint32_t kMessageSlots = 16;
inline constexpr uint32_t kMessageBytes = 504;
// What only a curious person reads leaves so many slots to what everybody should.
inline constexpr uint32_t kMessagesKept = 8;

enum MessageLevel : uint32_t { kMessageWarning = 0, kMessageInfo = 1, kMessageLog = 2 };

struct Message {
  uint32_t level;  // MessageLevel
  uint32_t bytes;
  char text[kMessageBytes];
};

struct Messages {
  std::atomic<uint32_t> written;  // by the agent: messages so far, those that were dropped not among them
  std::atomic<uint32_t> taken;    // by the target: those of them that it is done with
  std::atomic<uint32_t> dropped;  // by the agent: there was no slot
  alignas(64) Message slot[kMessageSlots];
};

// False: there is no room, and it is counted. Text beyond a slot is cut.
inline bool put_message(Messages &messages, MessageLevel level, std::string_view text) {
  const uint32_t at = messages.written.load(std::memory_order_relaxed);
  const uint32_t waiting = at - messages.taken.load(std::memory_order_acquire);  // partner: take_message
  if (waiting >= (level == kMessageLog ? kMessageSlots - kMessagesKept : kMessageSlots)) {
    messages.dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  Message &slot = messages.slot[at % kMessageSlots];
  slot.level = level;
  slot.bytes = static_cast<uint32_t>(text.size() < kMessageBytes ? text.size() : kMessageBytes);
  std::memcpy(slot.text, text.data(), slot.bytes);
  messages.written.store(at + 1, std::memory_order_release);  // partner: take_message
  return true;
}

// For the target; `next` is its own count, which the other process cannot turn back. False: nothing new.
inline bool take_message(Messages &messages, uint32_t *next, uint32_t *level, std::string *text) {
  const uint32_t written = messages.written.load(std::memory_order_acquire);  // partner: put_message
  if (written == *next) return false;
  if (written - *next > kMessageSlots) *next = written - kMessageSlots;  // no honest agent does that
  const Message &slot = messages.slot[*next % kMessageSlots];
  *level = slot.level;
  const uint32_t bytes = slot.bytes;
  text->assign(slot.text, bytes < kMessageBytes ? bytes : kMessageBytes);
  messages.taken.store(++*next, std::memory_order_release);  // partner: put_message
  return true;
}

}  // namespace pyro::wire
