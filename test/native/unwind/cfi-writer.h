// How do tests say what an .eh_frame holds, byte by byte?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "unwind/cfi/cfi.h"

namespace pyro::unwind::test {

using Bytes = std::vector<uint8_t>;

// One section with a CIE and functions after it. Pointers are absolute 8-byte addresses, factors 1 and -8.
class CfiWriter {
 public:
  // As gcc writes it for x86-64: CFA = rsp + 8, return address at CFA - 8.
  explicit CfiWriter(const char *augmentation = "zR", Bytes initial = {0x0c, 7, 8, 0x80 | 16, 1}) {
    Bytes body{0, 0, 0, 0, 1};
    for (const char *at = augmentation; *at; at++) body.push_back(static_cast<uint8_t>(*at));
    body.insert(body.end(), {0, 1, 0x78, 16});
    if (augmentation[0] == 'z') body.insert(body.end(), {1, 0x00});
    body.insert(body.end(), initial.begin(), initial.end());
    augmented_ = augmentation[0] == 'z';
    add(body);
  }
  CfiWriter &function(uint64_t start, uint64_t size, const Bytes &program) {
    Bytes body;
    put(body, static_cast<uint32_t>(bytes_.size() + 4), 4);  // back to the CIE at 0
    put(body, start, 8);
    put(body, size, 8);
    if (augmented_) body.push_back(0);
    body.insert(body.end(), program.begin(), program.end());
    add(body);
    return *this;
  }
  Bytes finish() const {
    Bytes out = bytes_;
    put(out, 0, 4);
    return out;
  }
  static void put(Bytes &out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }

 private:
  void add(Bytes body) {
    while (body.size() % 8 != 4) body.push_back(0);
    put(bytes_, body.size(), 4);
    bytes_.insert(bytes_.end(), body.begin(), body.end());
  }
  Bytes bytes_;
  bool augmented_ = false;
};

inline constexpr uint64_t kTextStart = 0x10000, kTextEnd = 0x20000, kSectionAt = 0x30000;

// What read_cfi says, kept in the exact bytes given so that reading one too many is seen by the sanitizer.
struct Parsed {
  RuleDictionary dictionary;
  Cfi cfi;
  CfiError error;

  explicit Parsed(const Bytes &bytes, uint64_t text_start = kTextStart, uint64_t text_end = kTextEnd,
                  uint64_t at = kSectionAt, uint64_t bias = 0) {
    auto *exact = static_cast<uint8_t *>(malloc(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), exact);
    error = read_cfi({exact, bytes.size(), at, bias}, text_start, text_end, dictionary, cfi);
    free(exact);
  }
  uint16_t number_at(uint64_t address) const {
    uint16_t number = kRuleNone;
    for (const Row &row : cfi.rows)
      if (row.at <= address - kTextStart) number = row.rule;
    return number;
  }
  const Rule &at(uint64_t address) const { return dictionary.rules()[number_at(address)]; }
};

}  // namespace pyro::unwind::test
