// When may a dead agent be started again?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::process {

// At once for the first; then 1 s, 5 s, and 30 s after the last start, at most 12 an hour. A start that lasted a
// minute was healthy: the next is at once again. Time is CLOCK_MONOTONIC, given by the caller. One thread.
class RestartPolicy {
 public:
  static constexpr unsigned kPerHour = 12;

  bool may_start(uint64_t now_ns) const;
  void started(uint64_t now_ns);

 private:
  uint64_t since_last(uint64_t now_ns) const;

  uint64_t starts_[kPerHour] = {};  // ring of the last ones
  uint64_t count_ = 0;              // starts ever
  unsigned streak_ = 0;             // starts since the last healthy one
};

}  // namespace pyro::process
