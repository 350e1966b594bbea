// How much memory does this process have, and does it grow?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

namespace pyro::test {

struct Memory {
  double rss;   // bytes, resident and anonymous
  double heap;  // bytes that malloc has given out
};
Memory look_at_memory();

struct Growth {
  double rss_bytes, heap_bytes;
};
// From the first third on, which is the warm-up; medians of five looks at either end.
Growth growth_of(const std::vector<Memory> &looks);

// CPU that the thread of this process with that name has used.
double cpu_seconds_of_thread(const std::string &name);

}  // namespace pyro::test
