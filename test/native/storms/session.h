// What did the tracer make of a storm? Its own segment, read as an agent would, and the sums that must agree.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "storm.h"

namespace pyro::storms {

// Everything the ring gave.
struct Drained {
  uint64_t samples = 0, weight_ns = 0, to_the_root = 0, malformed = 0, blocked = 0;
};

// The sums at one moment at which nothing runs.
struct Books {
  Drained drained;
  uint64_t written = 0, ring_full = 0, handled = 0, masked = 0, masked_ns = 0, registered_ns = 0, period_ns = 0;
  uint64_t foreign = 0, no_thread = 0, wall_written = 0;
  // What was booked on stacks or as lost, to what the kernel says the threads used.
  double share() const;
};

class Session {
 public:
  // Starts GStreamer with the tracer and the tracer with a first buffer. False: `why()`.
  bool begin(const Storm &storm);
  void watch(Weather &weather);
  const std::string &why() const { return why_; }
  // Judges, prints the row; 0 if all is well.
  int end(const Storm &storm, Weather &weather);

 private:
  void drain();
  void drain_until_told();
  void take_books();
  void judge(const Storm &storm, Weather &weather) const;

  std::string why_;
  std::thread drainer_;
  std::atomic<bool> stop_{false};
  Drained drained_;
  Books books_;
  uint64_t memory_at_half_ = 0, memory_at_end_ = 0;
};

uint64_t counter_by_name(const char *name);

}  // namespace pyro::storms
