// Which bytes are taken for a call, and which for the jump that ends a function?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <vector>

#include "unwind/modules/call-sites.h"

#if defined(__x86_64__)

namespace pyro::unwind {
namespace {

constexpr uint32_t kStart = 1000;

struct Decoded {
  uint32_t length;
  bool direct;
  int64_t target;
};

Decoded decoded(const std::vector<uint8_t> &bytes) {
  const Code code{bytes.data(), kStart, static_cast<uint32_t>(bytes.size())};
  Decoded result{0, false, -1};
  result.length = decode_call(code, 0, &result.direct, &result.target);
  return result;
}

TEST(CallDecode, a_direct_call_goes_from_its_end_as_far_as_it_says) {
  const Decoded forward = decoded({0xe8, 0x10, 0, 0, 0}), backward = decoded({0xe8, 0xfb, 0xff, 0xff, 0xff});
  EXPECT_EQ(forward.length, 5u);
  EXPECT_TRUE(forward.direct);
  EXPECT_EQ(forward.target, kStart + 5 + 16);
  EXPECT_EQ(backward.target, kStart);
}

TEST(CallDecode, indirect_calls_have_the_length_of_their_operand) {
  EXPECT_EQ(decoded({0xff, 0xd0}).length, 2u);                    // call *%rax
  EXPECT_EQ(decoded({0xff, 0x50, 0x08}).length, 3u);              // call *8(%rax)
  EXPECT_EQ(decoded({0xff, 0x90, 1, 2, 3, 4}).length, 6u);        // call *disp32(%rax)
  EXPECT_EQ(decoded({0xff, 0x15, 1, 2, 3, 4}).length, 6u);        // call *disp32(%rip)
  EXPECT_EQ(decoded({0xff, 0x14, 0x24}).length, 3u);              // call *(%rsp)
  EXPECT_EQ(decoded({0xff, 0x54, 0x24, 0x08}).length, 4u);        // call *8(%rsp)
  EXPECT_EQ(decoded({0xff, 0x14, 0x25, 1, 2, 3, 4}).length, 7u);  // call *disp32
  EXPECT_FALSE(decoded({0xff, 0xd0}).direct);
}

TEST(CallDecode, what_is_cut_off_or_something_else_is_no_call) {
  for (const std::vector<uint8_t> &bytes : std::vector<std::vector<uint8_t>>{
           {0xe8, 1, 2, 3}, {0xff}, {0xff, 0x50}, {0xff, 0x15, 1, 2, 3}, {0xff, 0x14}, {0xff, 0xe0}, {0x90}, {0xc3}})
    EXPECT_EQ(decoded(bytes).length, 0u) << unsigned{bytes[0]};
}

bool ends(std::vector<uint8_t> bytes, uint32_t start = kStart) {
  const auto size = static_cast<uint32_t>(bytes.size());
  return ends_in_jump({bytes.data(), kStart, size}, start, kStart + size);
}

TEST(CallDecode, a_function_that_jumps_to_itself_does_not_leave_and_one_that_jumps_away_does) {
  EXPECT_TRUE(ends({0x90, 0xe9, 0x00, 0x01, 0, 0}));         // away
  EXPECT_FALSE(ends({0x90, 0xe9, 0xfa, 0xff, 0xff, 0xff}));  // to its own begin
  EXPECT_TRUE(ends({0x90, 0xff, 0xe0}));                     // jmp *%rax
  EXPECT_TRUE(ends({0x90, 0xff, 0x25, 1, 2, 3, 4}));         // jmp *disp32(%rip)
  EXPECT_FALSE(ends({0x90, 0x90, 0xc3}));                    // ret
  EXPECT_FALSE(ends({0xe9, 0, 1, 0, 0}, kStart - 1));        // begins before the code that is known
}

}  // namespace
}  // namespace pyro::unwind

#endif
