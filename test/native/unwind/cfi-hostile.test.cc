// Can any bytes make the CFI reader leave them, hang, or give rows that a walker could not use?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>
#include <link.h>

#include "cfi-writer.h"
#include "unwind/cfi/image.h"

namespace pyro::unwind::test {
namespace {

struct Real {
  Bytes bytes;
  uint64_t address, text_start, text_end;
};

// The .eh_frame of a loaded library, to its terminator.
bool find_real(const char *name, Real *out) {
  ImageList list;
  list_images(list);
  for (const Image &image : list.images) {
    if (!strstr(list.names.data() + image.name, name)) continue;
    const Range &header = image.eh_frame_hdr;
    const uint64_t at = eh_frame_address({image.at(header.start), header.end - header.start, header.start, image.bias});
    const uint8_t *from = image.at(at);
    const uint64_t most = image.eh_frame_hdr_load.end - at;
    uint64_t size = 0;
    for (uint32_t length = 1; length && size + 4 <= most; size += 4 + length) memcpy(&length, from + size, 4);
    *out = {Bytes(from, from + std::min(size, most)), at, image.text[0].start, image.text[image.texts - 1].end};
    return true;
  }
  return false;
}

void expect_usable(const Parsed &parsed, uint64_t text_bytes) {
  if (parsed.error != CfiError::kNone) return;  // nothing of it is used then
  uint32_t end = 0;
  for (const Function &function : parsed.cfi.functions) {
    ASSERT_GE(function.start, end);
    ASSERT_GT(function.end, function.start);
    end = function.end;
  }
  ASSERT_LE(end, text_bytes);
  uint32_t at = 0;
  for (const Row &row : parsed.cfi.rows) {
    ASSERT_GE(row.at, at);
    at = row.at;
    ASSERT_LE(row.at, text_bytes);
    ASSERT_LT(row.rule, parsed.dictionary.size());
    ASSERT_LT(parsed.dictionary.rules()[row.rule].reg, kRegisters);
  }
}

Parsed parse(const Real &real, const Bytes &bytes) {
  return Parsed(bytes, real.text_start, real.text_end, real.address);
}

TEST(CfiHostile, every_byte_of_a_small_real_section_may_take_any_of_many_values) {
  Real real;
  ASSERT_TRUE(find_real("linux-vdso", &real));
  ASSERT_EQ(parse(real, real.bytes).error, CfiError::kNone);
  ASSERT_GT(parse(real, real.bytes).cfi.rows.size(), 5u);
  int broken = 0;
  for (size_t i = 0; i < real.bytes.size(); i++)
    for (const uint8_t value : {0x00, 0x01, 0x0f, 0x10, 0x16, 0x40, 0x7f, 0x80, 0xc0, 0xff}) {
      Bytes bytes = real.bytes;
      bytes[i] = value;
      const Parsed parsed = parse(real, bytes);
      broken += parsed.error == CfiError::kBroken;
      expect_usable(parsed, real.text_end - real.text_start);
    }
  EXPECT_GT(broken, 0);
}

TEST(CfiHostile, every_byte_of_a_large_real_section_is_once_another) {
  Real real;
  ASSERT_TRUE(find_real("libgcc_s", &real) || find_real("libstdc++", &real));
  int broken = 0, bad = 0;
  for (size_t i = 0; i < real.bytes.size(); i++) {
    Bytes bytes = real.bytes;
    bytes[i] = static_cast<uint8_t>(bytes[i] * 31 + i + 1);
    const Parsed parsed = parse(real, bytes);
    broken += parsed.error == CfiError::kBroken;
    bad += parsed.error == CfiError::kNone && parsed.cfi.bad_functions;
    expect_usable(parsed, real.text_end - real.text_start);
  }
  printf("  %zu bytes: %d times broken, %d times a bad function\n", real.bytes.size(), broken, bad);
  EXPECT_GT(bad, 0);
}

TEST(CfiHostile, every_length_of_a_real_section_ends_in_an_answer) {
  Real real;
  ASSERT_TRUE(find_real("linux-vdso", &real));
  for (size_t size = 0; size < real.bytes.size(); size++)
    expect_usable(parse(real, Bytes(real.bytes.begin(), real.bytes.begin() + static_cast<long>(size))),
                  real.text_end - real.text_start);
}

TEST(CfiHostile, random_bytes_are_refused) {
  uint32_t seed = 99;
  for (int round = 0; round < 5000; round++) {
    Bytes bytes(64 + seed % 512);
    for (uint8_t &byte : bytes) byte = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
    bytes[0] = static_cast<uint8_t>(bytes.size() / 2);
    bytes[1] = bytes[2] = bytes[3] = 0;
    expect_usable(Parsed(bytes), kTextEnd - kTextStart);
  }
}

}  // namespace
}  // namespace pyro::unwind::test
