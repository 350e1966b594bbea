// What lies on the stack of a thread that does not run? A copy, made by the kernel: the stack may go at any moment.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "unwind/cfi/registers.h"

namespace pyro::sampling {

class StackCopy {
 public:
  // Room for the deepest copy, touched as far as stacks are deep. Not usable when there is none.
  StackCopy();
  ~StackCopy();
  StackCopy(const StackCopy &) = delete;
  StackCopy &operator=(const StackCopy &) = delete;

  // Copies from `sp` upwards, at least to the end of the stack or `bytes`, whichever comes first. False: nothing there.
  bool take(uint64_t sp, size_t bytes);
  // All that was asked for: there may be more above.
  bool cut() const { return cut_; }

  unwind::StackBounds bounds() const { return {low_, low_ + size_}; }
  // From an address on the stack to its copy.
  uint64_t delta() const { return reinterpret_cast<uint64_t>(room_) - low_; }

  static constexpr size_t kFirstBytes = 16 << 10;  // most stacks in use are 7 to 9 KiB deep
  static constexpr size_t kMostBytes = 512 << 10;

 private:
  size_t copy(uint64_t from, size_t bytes) const;

  unsigned char *room_;
  uint64_t low_ = 0;
  size_t size_ = 0;
  bool cut_ = false;
};

}  // namespace pyro::sampling
