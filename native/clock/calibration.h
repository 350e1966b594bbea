// How many nanoseconds is a tick? Arithmetic on pairs of readings; no clock of its own, so that tests can lie to it.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::clock {

struct Pair {  // the same instant on both clocks
  uint64_t ticks;
  uint64_t ns;
};

class Calibration {
 public:
  // The rate between two pairs, as ns a tick times 2^32; 0 when they make no sense (not rising, not representable).
  static uint64_t rate_between(const Pair &from, const Pair &to);

  // First rate. False: the pairs make no sense and the counter must not be used.
  bool begin(const Pair &from, const Pair &to);

  // A later pair. True: rate() is now measured over the time since the last pair. False: not believed, rate()
  // unchanged; a second look that agrees with the first disbelieved one is believed.
  bool look(const Pair &now);

  uint64_t rate() const { return rate_; }

 private:
  Pair last_{};
  uint64_t rate_ = 0;
  uint64_t doubted_ = 0;  // rate of the last look, when it was not believed
};

}  // namespace pyro::clock
