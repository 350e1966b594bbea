// Is each kind of field written as protobuf has it, at the ends of every range?
// SPDX-License-Identifier: MPL-2.0
#include "traces/message-fields.h"

#include "parsed.h"

namespace pyro::traces {
namespace {

TEST(MessageFields, NumbersOfEveryLengthAreReadBack) {
  for (int bits = 0; bits <= 64; bits++) {
    for (const uint64_t value :
         {bits == 64 ? UINT64_MAX : uint64_t{1} << bits, bits == 0 ? 0 : UINT64_MAX >> (64 - bits)}) {
      std::string bytes;
      put_number(bytes, 7, value);
      EXPECT_EQ(bytes.size(), 1 + varint_bytes(value));
      const Message message(bytes);
      EXPECT_TRUE(message.is_whole());
      EXPECT_EQ(message.value(7), value);
    }
  }
}

TEST(MessageFields, FixedOnesHaveTheirBytesFromTheLowestAndIdentifiersFromTheHighest) {
  std::string bytes;
  put_fixed64(bytes, 7, 0x0102030405060708);
  put_fixed32(bytes, 16, 0xa0b0c0d0);
  put_big_endian(bytes, 0x1112131415161718);
  const char expected[] =
      "\x39\x08\x07\x06\x05\x04\x03\x02\x01\x85\x01\xd0\xc0\xb0\xa0\x11\x12\x13\x14\x15\x16\x17\x18";
  EXPECT_EQ(bytes, std::string(expected, sizeof expected - 1));
}

TEST(MessageFields, TextsMayHoldAnyByteAndNone) {
  std::string bytes;
  put_bytes(bytes, 1, "");
  put_bytes(bytes, 2, std::string_view("a\0b\xff", 4));
  put_bytes(bytes, 3, std::string(300, 'x'));
  const Message message(bytes);
  EXPECT_TRUE(message.is_whole());
  EXPECT_EQ(message.fields.size(), 3u);
  EXPECT_EQ(message.bytes(2), std::string_view("a\0b\xff", 4));
  EXPECT_EQ(message.bytes(3).size(), 300u);
}

}  // namespace
}  // namespace pyro::traces
