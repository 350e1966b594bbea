// Is the code at an address still that of the file in which it was met?
//
// A library can go, and another come to the same addresses, before anybody asks what was noted of the first one, or
// long before a forked child tells all names again. The loader is asked without a lock, so this may be done wherever a
// pad is linked; where it cannot be (glibc before 2.35) everything counts as being where it was.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyro::pads {

// Where a file lies in memory, and in it its unwind tables: another file at the same place has them elsewhere.
struct CodeImage {
  uintptr_t begin, end, tables;
};

class CodeImages {
 public:
  static constexpr size_t kMost = 1024;

  // `function` was met, and cannot go as long as this takes. False: there is no room, it will be nowhere.
  bool meet(const void *function);
  // It is in the file in which it was met, and was in no other one.
  bool is_where_it_was(const void *function) const;

 private:
  std::vector<CodeImage> met_;
  size_t last_ = 0;
};

}  // namespace pyro::pads
