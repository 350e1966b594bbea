// How are the 64 bits of an identifier written for people? As 16 hexadecimal digits.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace pyro::traces {

struct Hex64 {
  char digits[16];
  explicit Hex64(uint64_t value) {
    for (int i = 15; i >= 0; i--, value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  }
  std::string_view text() const { return {digits, sizeof digits}; }
};

}  // namespace pyro::traces
