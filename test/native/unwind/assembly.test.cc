// Are calls and prologues read right from bytes of code?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/assembly.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>

#include "cfi-writer.h"
#include "unwind/modules/call-sites.h"

#if defined(__x86_64__)

namespace pyro::unwind::test {
namespace {

struct Decoded {
  uint32_t length;
  bool direct;
  int64_t target;
};

Decoded decode(const Bytes &bytes) {
  Decoded out{};
  out.length = decode_call({bytes.data(), 0x100, static_cast<uint32_t>(bytes.size())}, 0, &out.direct, &out.target);
  return out;
}

TEST(Calls, of_every_form_have_their_length_and_target) {
  const Decoded direct = decode({0xe8, 0x10, 0, 0, 0});
  EXPECT_EQ(direct.length, 5u);
  EXPECT_TRUE(direct.direct);
  EXPECT_EQ(direct.target, 0x115);
  EXPECT_EQ(decode({0xe8, 0xfb, 0xff, 0xff, 0xff}).target, 0x100);
  EXPECT_EQ(decode({0xff, 0xd0}).length, 2u);                    // call rax
  EXPECT_EQ(decode({0xff, 0x10}).length, 2u);                    // call [rax]
  EXPECT_EQ(decode({0xff, 0x14, 0x25, 1, 2, 3, 4}).length, 7u);  // call [disp32]
  EXPECT_EQ(decode({0xff, 0x14, 0xc3}).length, 3u);              // call [rbx + rax * 8]
  EXPECT_EQ(decode({0xff, 0x15, 1, 2, 3, 4}).length, 6u);        // call [rip + disp32]
  EXPECT_EQ(decode({0xff, 0x50, 0x18}).length, 3u);              // call [rax + disp8]
  EXPECT_EQ(decode({0xff, 0x54, 0x24, 0x18}).length, 4u);        // call [rsp + disp8]
  EXPECT_EQ(decode({0xff, 0x90, 1, 2, 3, 4}).length, 6u);        // call [rax + disp32]
  EXPECT_EQ(decode({0xff, 0x94, 0x24, 1, 2, 3, 4}).length, 7u);  // call [rsp + disp32]
  EXPECT_EQ(decode({0xff, 0xe0}).length, 0u) << "a jump";
  EXPECT_EQ(decode({0xff, 0x30}).length, 0u) << "a push";
  for (const Bytes &cut : {Bytes{0xe8, 1, 2, 3}, Bytes{0xff}, Bytes{0xff, 0x15, 1, 2}, Bytes{0xff, 0x54}})
    EXPECT_EQ(decode(cut).length, 0u);
}

Rule guess(const Bytes &bytes) {
  Rule rule;
  EXPECT_TRUE(guess_frame(bytes.data(), static_cast<uint32_t>(bytes.size()), &rule));
  return rule;
}

TEST(Prologues, tell_the_frame_and_where_registers_are) {
  const Rule bare = guess({0x66, 0x0f, 0x6f, 0x07, 0xc3});
  EXPECT_EQ(bare.cfa, kCfaRegister | kCfaGuess);
  EXPECT_EQ(bare.offset, 8);
  // push rbx; push rbp; push r14; sub rsp, 0x1168
  const Rule x264 = guess({0x53, 0x55, 0x41, 0x56, 0x48, 0x81, 0xec, 0x68, 0x11, 0, 0, 0x90});
  EXPECT_EQ(x264.offset, 8 + 24 + 0x1168);
  EXPECT_EQ(x264.reg, kStackPointer);
  EXPECT_EQ(x264.ra, -1);
  EXPECT_EQ(x264.saved[0], -2);
  EXPECT_EQ(x264.saved[1], -3);
  EXPECT_EQ(x264.saved[2], kSlotSame);
  EXPECT_EQ(x264.saved[4], -4);
  EXPECT_EQ(guess({0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x83, 0xec, 0x18}).offset, 32);
  const Rule framed = guess({0x55, 0x48, 0x89, 0xe5, 0x56, 0x57});
  EXPECT_EQ(framed.reg, kFramePointer);
  EXPECT_EQ(framed.offset, 16);
  const Rule jpeg = guess({0x55, 0x48, 0x89, 0xe0, 0x48, 0x83, 0xec, 0x04, 0x48, 0x83, 0xe4, 0xe0, 0x48, 0x89, 0x04,
                           0x24, 0x48, 0x89, 0xe5});
  EXPECT_EQ(jpeg.cfa, kCfaDeref | kCfaGuess);
  EXPECT_EQ(jpeg.reg, kFramePointer);
  EXPECT_EQ(jpeg.post, 16);
  Rule rule;
  const Bytes realigned{0x53, 0x49, 0x89, 0xe2, 0x48, 0x83, 0xe4, 0xc0};
  EXPECT_FALSE(guess_frame(realigned.data(), static_cast<uint32_t>(realigned.size()), &rule));
}

// A library's code may end with its mapping: who reads on is ended.
TEST(Prologues, are_not_read_beyond_the_end_of_the_code) {
  constexpr size_t kPage = 4096;
  void *pages = mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  uint8_t *const end = static_cast<uint8_t *>(pages) + kPage;
  ASSERT_EQ(0, mprotect(end, kPage, PROT_NONE));
  const Bytes jpeg{0x55, 0x48, 0x89, 0xe0, 0x48, 0x83, 0xec, 0x04, 0x48, 0x83,
                   0xe4, 0xe0, 0x48, 0x89, 0x04, 0x24, 0x48, 0x89, 0xe5};
  for (uint32_t size = 0; size <= jpeg.size(); size++) {  // cut anywhere
    std::copy_n(jpeg.begin(), size, end - size);
    Rule rule;
    guess_frame(end - size, size, &rule);
  }
  munmap(pages, 2 * kPage);
}

// A gap with three functions: one that ends in a return and padding, one whose cold part lies after its return.
TEST(Gaps, are_cut_at_their_functions) {
  Bytes code(0x100, 0x90);
  const auto put = [&](uint32_t at, const Bytes &bytes) { std::copy(bytes.begin(), bytes.end(), code.begin() + at); };
  put(0x40, {0x53, 0x5b, 0xc3});  // push rbx; pop rbx; ret
  put(0x50, {0x48, 0x83, 0xec, 0x20, 0x0f, 0x84, 0x16, 0, 0, 0, 0x48, 0x83, 0xc4, 0x20, 0xc3});  // je 0x70
  put(0x70, {0x31, 0xc0, 0xeb, 0xe6});  // its cold part, back by a jump
  put(0x80, {0x31, 0xc0, 0xc3});        // after a jump: cannot be told from a cold part
  put(0x90, {0x31, 0xc9, 0xc3});        // after a return and padding: a function
  MappedArray<Row> rows;
  rows.push({0x10, kFirstRule, 0});
  rows.push({0x40, kRuleNone, 0});
  rows.push({0xc0, kFirstRule, 0});
  rows.push({0xd0, kRuleNone, 0});
  RuleDictionary dictionary;
  ASSERT_TRUE(guess_gaps({code.data(), 0, static_cast<uint32_t>(code.size())}, dictionary, rows));
  std::vector<uint32_t> at;
  for (const Row &row : rows) at.push_back(row.at);
  EXPECT_EQ(at, (std::vector<uint32_t>{0x10, 0x40, 0x50, 0x90, 0xc0, 0xd0}));
  const auto rule_at = [&](uint32_t offset) {
    uint16_t rule = kRuleNone;
    for (const Row &row : rows)
      if (row.at <= offset) rule = row.rule;
    return dictionary.rules()[rule];
  };
  EXPECT_EQ(rule_at(0x40).offset, 16);
  EXPECT_EQ(rule_at(0x50).offset, 40);
  EXPECT_EQ(rule_at(0x72).offset, 40) << "the cold part has its function's frame";
  EXPECT_EQ(rule_at(0x90).offset, 8);
  EXPECT_EQ(rule_at(0xbf).cfa & kCfaGuess, kCfaGuess);
}

TEST(CallSites, say_where_each_return_could_have_come_from) {
  Bytes code(0x200, 0x90);
  const auto call = [&](uint32_t at, uint32_t to) {
    code[at] = 0xe8;
    const uint32_t distance = to - at - 5;
    memcpy(&code[at + 1], &distance, 4);
  };
  call(0x20, 0x80);   // into the gap
  call(0x30, 0x100);  // a function that returns
  call(0x40, 0x140);  // a function that ends in a jump elsewhere
  call(0x50, 0x180);  // a PLT entry
  code[0x60] = 0xff;  // call rax
  code[0x61] = 0xd0;
  call(0x90, 0x100);  // from the gap
  const Bytes leaves{0xff, 0xe0};
  std::copy(leaves.begin(), leaves.end(), code.begin() + 0x14e);  // jmp rax ends [0x140, 0x150)
  RuleDictionary dictionary;
  Rule plain;
  memset(&plain, 0, sizeof plain);
  plain.reg = kStackPointer;
  plain.offset = 8;
  plain.ra = -1;
  Rule plt = plain;
  plt.cfa = kCfaPlt;
  const uint16_t rule = dictionary.number_of(plain), plt_rule = dictionary.number_of(plt);
  MappedArray<Row> rows;
  rows.push({0x10, rule, 0});
  rows.push({0x80, kRuleNone, 0});
  rows.push({0x100, rule, 0});
  rows.push({0x180, plt_rule, 0});
  rows.push({0x190, kRuleNone, 0});
  MappedArray<Function> functions;
  functions.push({0x10, 0x80, 0});
  functions.push({0x100, 0x140, 0});
  functions.push({0x140, 0x150, 0});
  functions.push({0x180, 0x190, 0});
  Table table;
  ASSERT_TRUE(table.build(rows, code.size()));
  CallSites sites;
  ASSERT_TRUE(
      sites.build({code.data(), 0, static_cast<uint32_t>(code.size())}, table.view(), functions, dictionary.rules()));
  EXPECT_EQ(sites.call_before(0x25), Call::kIntoGap);
  EXPECT_EQ(sites.target(0x25), 0x80u);
  EXPECT_EQ(sites.call_before(0x35), Call::kCovered);
  EXPECT_EQ(sites.call_before(0x45), Call::kAnywhere);
  EXPECT_EQ(sites.call_before(0x55), Call::kPlt);
  EXPECT_EQ(sites.call_before(0x62), Call::kAnywhere);
  EXPECT_EQ(sites.call_before(0x95), Call::kNone) << "returns into code without rules";
  EXPECT_EQ(sites.call_before(0x24), Call::kNone);
  EXPECT_EQ(sites.call_before(0x1ffff), Call::kNone);
}

}  // namespace
}  // namespace pyro::unwind::test

#endif
