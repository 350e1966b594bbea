// How long was a buffer on its way from a source to a sink?
//
// What a source sends is kept by running time, the one clock that all elements of a pipeline agree on: nothing is put
// into buffers, no events are sent. A buffer at the sink comes from the source's buffer that its running time falls
// into, so that encoders that cut their input anew still match. One writer, any number of readers.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "wire/cells.h"

namespace pyro::timing {

// Nanoseconds; all ones = not known, as in GStreamer.
inline constexpr uint64_t kNoTime = ~uint64_t{0};
// Containers keep times in ticks of their own, 1/90000 s the coarsest of the common ones.
inline constexpr uint64_t kTimeTolerance = 1000000000 / 90000 + 1;

class Track {
 public:
  static constexpr uint32_t kCapacity = 1024;  // buffers that may be on their way at a time; 24 KiB

  // `duration`: kNoTime = the next one's begin. By the holder of the stream lock of the pad that the source feeds.
  void send(uint64_t running_time, uint64_t duration, uint64_t ticks);
  // A buffer without a time went out.
  void send_untimed(uint64_t ticks);

  // Ticks when the buffer went out that holds this time; 0 = none. `distance`: how far back the last one was found; the
  // search begins there.
  uint64_t find(uint64_t running_time, uint64_t &distance) const;

  uint64_t sent() const { return head_.load(std::memory_order_acquire); }
  bool timed() const { return timed_.load(std::memory_order_relaxed); }
  // Ticks of the first one; 0 = none yet. When the pad was made, CLOCK_MONOTONIC.
  uint64_t first_ticks() const { return first_.load(std::memory_order_acquire); }
  uint64_t made_ns() const { return made_ns_.load(std::memory_order_relaxed); }

  // No other thread may use it meanwhile.
  void begin(const void *pad, uint64_t made_ns);
  // The pad that the source feeds.
  const void *pad() const { return pad_.load(std::memory_order_relaxed); }

 private:
  struct Sent {
    std::atomic<uint64_t> begin, end, ticks;
  };
  uint64_t at(uint64_t number, uint64_t running_time) const;

  std::atomic<uint64_t> head_{0}, begun_{0};  // number of the next one, whole; that may be being written
  std::atomic<uint64_t> first_{0}, made_ns_{0};
  std::atomic<bool> timed_{false};
  std::atomic<const void *> pad_{nullptr};
  Sent sent_[kCapacity] = {};
};

}  // namespace pyro::timing
