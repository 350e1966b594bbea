// What does a strict reader of protobuf find in a message? Its fields, in their order; a test fails where bytes are
// none.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "traces/span-encoder.h"

namespace pyro::traces {

struct Field {
  uint32_t number, type;
  uint64_t value;          // of a number
  std::string_view bytes;  // of a text or message
};

class Message {
 public:
  explicit Message(std::string_view bytes) : left_(bytes) {
    while (!left_.empty() && is_whole_) {
      const uint64_t tag = varint();
      Field field{static_cast<uint32_t>(tag >> 3), static_cast<uint32_t>(tag & 7), 0, {}};
      if (field.type == 0)
        field.value = varint();
      else if (field.type == 2)
        field.bytes = take(varint());
      else if (field.type == 1 || field.type == 5)
        field.value = little_endian(take(field.type == 1 ? 8 : 4));
      else
        is_whole_ = false;
      if (is_whole_) fields.push_back(field);
    }
  }
  // No byte is left over, no length goes beyond the end.
  bool is_whole() const { return is_whole_; }
  std::vector<Field> all(uint32_t number) const {
    std::vector<Field> found;
    for (const Field &field : fields)
      if (field.number == number) found.push_back(field);
    return found;
  }
  // Of a field that is there once at most.
  std::string_view bytes(uint32_t number) const {
    const std::vector<Field> found = all(number);
    EXPECT_LE(found.size(), 1u) << "field " << number;
    return found.empty() ? std::string_view() : found[0].bytes;
  }
  uint64_t value(uint32_t number) const {
    const std::vector<Field> found = all(number);
    EXPECT_LE(found.size(), 1u) << "field " << number;
    return found.empty() ? 0 : found[0].value;
  }
  std::vector<Field> fields;

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const std::string_view byte = take(1);
      if (byte.empty()) return 0;
      value |= (static_cast<unsigned char>(byte[0]) & uint64_t{127}) << shift;
      if ((byte[0] & 0x80) == 0) return value;
    }
    is_whole_ = false;
    return 0;
  }
  std::string_view take(uint64_t count) {
    if (count > left_.size()) is_whole_ = false;
    if (!is_whole_) return {};
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  static uint64_t little_endian(std::string_view bytes) {
    uint64_t value = 0;
    for (size_t i = bytes.size(); i > 0; i--) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
    return value;
  }

  std::string_view left_;
  bool is_whole_ = true;
};

// The attributes of a span by their names; numbers as decimals.
inline std::map<std::string, std::string> attributes_of(const Message &span) {
  std::map<std::string, std::string> found;
  for (const Field &field : span.all(9)) {
    const Message pair(field.bytes), value(pair.bytes(2));
    EXPECT_TRUE(pair.is_whole() && value.is_whole());
    EXPECT_EQ(value.fields.size(), 1u);
    if (value.fields.empty()) continue;
    const Field &only = value.fields[0];
    const std::string text = only.number == 1   ? std::string(only.bytes)
                             : only.number == 2 ? (only.value ? "true" : "false")
                                                : std::to_string(only.value);
    EXPECT_TRUE(found.emplace(pair.bytes(1), text).second) << "twice: " << pair.bytes(1);
  }
  return found;
}

inline wire::Span plain_span(uint64_t id = 1) {
  wire::Span span{};
  span.id = id;
  span.pts = UINT64_MAX;
  span.buffers = 1;
  span.kind = wire::kSpanPush;
  return span;
}

}  // namespace pyro::traces
