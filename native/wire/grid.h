// Which histogram bucket does a duration fall into?
//
// One grid for every histogram: base-2 exponential, scale 3 (8 buckets an octave), aligned to seconds, upper
// bound inclusive, so that bucket i is exactly OTLP's exponential index i + kOtlpOffset at scale 3
// (OpenTelemetry data model, "ExponentialHistogram"). Bucket 0 also takes everything below, the last everything above.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cmath>
#include <cstdint>

namespace pyro::wire {

inline constexpr int kGridScale = 3;
inline constexpr int kGridPerOctave = 1 << kGridScale;
inline constexpr int kGridLowExponent = -27;  // 2^-27 s = 7.45 ns: upper bound of bucket 0
inline constexpr int kGridHighExponent = 5;   // 2^5 s = 32 s: upper bound of the last finite bucket
inline constexpr int kGridBounds = (kGridHighExponent - kGridLowExponent) * kGridPerOctave + 1;
inline constexpr int kGridBuckets = kGridBounds + 1;  // the last one is (32 s, inf)

class Grid {
 public:
  Grid() {
    for (int i = 0; i < kGridBounds; i++) bound_[i] = static_cast<uint64_t>(std::floor(bound_ns(i)));
    bound_[kGridBounds] = UINT64_MAX;
    for (int slot = 0; slot < kSlots; slot++) first_[slot] = static_cast<uint16_t>(search(slot_start(slot)));
  }

  // Upper bound of bucket i in nanoseconds, not rounded.
  static double bound_ns(int i) { return std::exp2(static_cast<double>(i) / kGridPerOctave + kGridLowExponent) * 1e9; }
  // Largest whole number of nanoseconds in bucket i.
  uint64_t last_ns(int i) const { return bound_[i]; }

  int index(uint64_t ns) const {
    const int i = first_[slot_of(ns)];
    return i + (ns > bound_[i]);  // one step at most: a slot is narrower than a bucket
  }

 private:
  // Slots split each octave of whole nanoseconds into 16 equal parts; each remembers its first bucket.
  static constexpr int kSlotBits = 4;
  static constexpr int kSlots = 64 << kSlotBits;
  static int slot_of(uint64_t ns) {
    const int e = 63 - __builtin_clzll(ns | 1);  // 0 is where 1 is
    const uint64_t part = e >= kSlotBits ? ns >> (e - kSlotBits) : ns << (kSlotBits - e);
    return (e << kSlotBits) | static_cast<int>(part & ((1 << kSlotBits) - 1));
  }
  static uint64_t slot_start(int slot) {
    const int e = slot >> kSlotBits;
    const uint64_t part = (1u << kSlotBits) | (slot & ((1 << kSlotBits) - 1));
    return e >= kSlotBits ? part << (e - kSlotBits) : part >> (kSlotBits - e);
  }
  int search(uint64_t ns) const {
    int i = 0;
    while (i < kGridBounds && ns > bound_[i]) i++;
    return i;
  }

  uint64_t bound_[kGridBuckets];
  uint16_t first_[kSlots];
};

extern const Grid grid;  // made when the library is loaded, so that a handler only reads it

}  // namespace pyro::wire
