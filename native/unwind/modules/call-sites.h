// Is this word on the stack a return address into code that may have called code without CFI?
//
// Built when a module's table is built, from a copy of its code: the handler never looks at code that may be unmapped.
// Two bytes a return. Most calls cannot have led to code without CFI; they are kept because a function may leave by a
// jump.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "unwind/cfi/cfi.h"
#include "unwind/cfi/mapped-array.h"
#include "unwind/modules/table.h"

namespace pyro::unwind {

enum class Call : uint8_t {
  kAnywhere = 0,  // indirect, or of a function that ends in a jump elsewhere
  kPlt = 1,
  kCovered = 2,  // of a function with CFI, which may still jump elsewhere in its middle
  kIntoGap = 3,  // target known: see CallSites::target
  kNone = 4,
};

// One byte range of code as it lies in memory, by bytes after the start of the text.
struct Code {
  const uint8_t *bytes;
  uint32_t start;
  uint32_t size;
};

class CallSites {
 public:
  // false = out of memory.
  bool build(const Code &code, const TableView &table, const MappedArray<Function> &functions, const Rule *rules);

  // What kind of call returns to `offset`?
  Call call_before(uint32_t offset) const;
  // Where the direct call went that returns to `offset` (kIntoGap only).
  uint32_t target(uint32_t offset) const;
  size_t bytes() const { return directory_.mapped_bytes() + sites_.mapped_bytes() + gap_calls_.mapped_bytes(); }
  size_t size() const { return sites_.size(); }

 private:
  static constexpr uint32_t kPage = 14;  // the two other bits of a site say which call
  struct GapCall {
    uint32_t returns, target;
  };
  struct Found {
    uint32_t returns, target;
    Call call;
  };
  bool pack(const MappedArray<Found> &found, uint32_t text_end);

  MappedArray<uint32_t> directory_;
  MappedArray<uint16_t> sites_;
  MappedArray<GapCall> gap_calls_;
};

// Both look-ups run in signal handlers, hence here and not beside build().
inline Call CallSites::call_before(uint32_t offset) const {
  const uint32_t page = offset >> kPage;
  if (directory_.empty() || page + 1 >= directory_.size()) return Call::kNone;
  const uint32_t in_page = offset & ((1u << kPage) - 1);
  uint32_t low = directory_[page], high = directory_[page + 1];
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    const uint32_t site = sites_[middle];
    if (site >> 2 == in_page) return static_cast<Call>(site & 3);
    if (site >> 2 < in_page)
      low = middle + 1;
    else
      high = middle;
  }
  return Call::kNone;
}

inline uint32_t CallSites::target(uint32_t offset) const {
  size_t low = 0, high = gap_calls_.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (gap_calls_[middle].returns == offset) return gap_calls_[middle].target;
    if (gap_calls_[middle].returns < offset)
      low = middle + 1;
    else
      high = middle;
  }
  return UINT32_MAX;
}

// --- by architecture ---
// If an instruction that calls begins at code.bytes[i]: its length, else 0. `target` (bytes after the start of the
// text) is set for direct calls, `direct` says whether it was one.
uint32_t decode_call(const Code &code, uint32_t i, bool *direct, int64_t *target);
// Does the function that ends at code.bytes[end] end in a jump to somewhere that is not itself?
bool ends_in_jump(const Code &code, uint32_t start, uint32_t end);
// The step between places where an instruction can begin.
inline constexpr uint32_t kInstructionStep = kReturnInRegister ? 4 : 1;

}  // namespace pyro::unwind
