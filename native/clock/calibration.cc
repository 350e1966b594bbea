// How many nanoseconds is a tick, and when is a measurement of it believed?
// SPDX-License-Identifier: MPL-2.0
#include "clock/calibration.h"

namespace pyro::clock {
namespace {

__extension__ typedef unsigned __int128 Wide;

// The first rate comes from 2 ms and is good to some 50 ppm; NTP slews by 500 ppm at most. More than this apart is not
// the same clock at the same pace: a suspended machine, or a virtual one that moved.
constexpr uint64_t kBelievedPpm = 1000;
constexpr uint64_t kShortestLookNs = 50'000'000;  // shorter ones are worse than what we have

bool within(uint64_t a, uint64_t b, uint64_t ppm) {
  const uint64_t apart = a > b ? a - b : b - a;
  return static_cast<Wide>(apart) * 1000000 <= static_cast<Wide>(b) * ppm;
}

}  // namespace

uint64_t Calibration::rate_between(const Pair &from, const Pair &to) {
  if (to.ticks <= from.ticks || to.ns <= from.ns) return 0;
  const Wide rate = (static_cast<Wide>(to.ns - from.ns) << 32) / (to.ticks - from.ticks);
  // 10 kHz … 100 GHz; outside of it something else than time was measured.
  const bool plausible = rate >= (Wide{1} << 32) / 100 && rate <= (Wide{100000} << 32);
  return plausible ? static_cast<uint64_t>(rate) : 0;
}

bool Calibration::begin(const Pair &from, const Pair &to) {
  rate_ = rate_between(from, to);
  last_ = to;
  doubted_ = 0;
  return rate_ != 0;
}

bool Calibration::look(const Pair &now) {
  if (now.ns > last_.ns && now.ns - last_.ns < kShortestLookNs) return true;  // nothing to learn yet
  const uint64_t rate = rate_between(last_, now);
  last_ = now;
  const bool agreed =
      rate != 0 && (within(rate, rate_, kBelievedPpm) || (doubted_ != 0 && within(rate, doubted_, kBelievedPpm)));
  doubted_ = agreed ? 0 : rate;
  if (agreed) rate_ = rate;
  return agreed;
}

}  // namespace pyro::clock
