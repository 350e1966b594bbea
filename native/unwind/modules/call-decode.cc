// Which bytes are a call, and which end a function by jumping away? By architecture.
// SPDX-License-Identifier: MPL-2.0
#include <cstring>

#include "unwind/modules/call-sites.h"

namespace pyro::unwind {
namespace {

template <typename T>
T load(const uint8_t *from) {
  T value;
  memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace

#if defined(__x86_64__)

namespace {

// Length of an instruction FF /digit at `at`, without prefixes; 0 if it is not one.
uint32_t indirect_length(const uint8_t *at, uint32_t left, uint8_t digit) {
  if (left < 2 || at[0] != 0xff || ((at[1] >> 3) & 7) != digit) return 0;
  const uint8_t mode = at[1] >> 6, base = at[1] & 7;
  uint32_t length = 2;
  if (mode == 3) return length;
  uint8_t sib_base = 0;
  if (base == 4) {
    if (left < 3) return 0;
    sib_base = at[2] & 7;
    length++;
  }
  if (mode == 1) length += 1;
  if (mode == 2 || (mode == 0 && (base == 5 || (base == 4 && sib_base == 5)))) length += 4;
  return length <= left ? length : 0;
}

}  // namespace

uint32_t decode_call(const Code &code, uint32_t i, bool *direct, int64_t *target) {
  const uint32_t left = code.size - i;
  const uint8_t *at = code.bytes + i;
  *direct = at[0] == 0xe8;
  if (!*direct) return indirect_length(at, left, 2);
  if (left < 5) return 0;
  *target = int64_t{code.start} + i + 5 + load<int32_t>(at + 1);
  return 5;
}

bool ends_in_jump(const Code &code, uint32_t start, uint32_t end) {
  if (start < code.start || end > code.start + code.size || start >= end) return false;
  const uint8_t *stop = code.bytes + (end - code.start);
  const uint32_t size = end - start;
  if (size >= 5 && stop[-5] == 0xe9) {
    const int64_t target = int64_t{end} + load<int32_t>(stop - 4);
    if (target < start || target >= end) return true;
  }
  for (uint32_t length = 2; length <= 7 && length <= size; length++)
    if (indirect_length(stop - length, length, 4) == length) return true;
  return false;
}

#elif defined(__aarch64__)  // not tested

uint32_t decode_call(const Code &code, uint32_t i, bool *direct, int64_t *target) {
  if (code.size - i < 4) return 0;
  const auto word = load<uint32_t>(code.bytes + i);
  *direct = word >> 26 == 0x25;  // bl
  if (*direct) *target = int64_t{code.start} + i + (static_cast<int32_t>(word << 6) >> 4);
  return *direct || (word & 0xfffffc1fu) == 0xd63f0000u || (word & 0xfefff800u) == 0xd63f0800u ? 4 : 0;  // blr, blraa…
}

bool ends_in_jump(const Code &code, uint32_t start, uint32_t end) {
  if (start < code.start || end > code.start + code.size || end - start < 4) return false;
  const auto word = load<uint32_t>(code.bytes + (end - code.start) - 4);
  return word >> 26 == 0x05 || (word & 0xfffffc1fu) == 0xd61f0000u;  // b, br
}

#endif

}  // namespace pyro::unwind
