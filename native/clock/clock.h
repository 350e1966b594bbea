// What time is it, for a few nanoseconds, and how long is a difference?
//
// Two sources, chosen once by start(): the CPU's counter where it may be trusted (TSC; cntvct on aarch64), else
// CLOCK_MONOTONIC. Only differences are converted, with a 128-bit product: no difference that 64 bits hold overflows.
// Before start() the source is CLOCK_MONOTONIC, so that a call too early is slow and right. The source never changes
// while a difference may be open: start() comes before the first timed call of a process, and a second one is ignored.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <ctime>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace pyro::clock {

enum class Source : uint32_t { kCounter = 1, kMonotonic = 2 };  // numbers as wire::Account::clock_source has them

namespace detail {
__extension__ typedef unsigned __int128 Wide;
inline constexpr unsigned kShift = 32;
inline constexpr uint64_t kOne = 1ull << kShift;  // 1 ns a tick
// Nanoseconds a tick, times 2^32. Single words: a reader that takes the old rate is wrong by parts per million.
inline std::atomic<uint64_t> rate{kOne};
inline std::atomic<bool> counter{false};
// Instants on both clocks. A new one is written to the place that is not in use, then `base` is changed: a reader would
// have to be held up for a whole second between two looks to get one that is half new.
struct Instant {
  std::atomic<uint64_t> ticks{0}, ns{0};
};
inline Instant instants[2];
inline std::atomic<uint32_t> base{0};

inline uint64_t read_counter() {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return 0;
#endif
}

inline uint64_t convert(uint64_t ticks, uint64_t rate) {
  return static_cast<uint64_t>((static_cast<Wide>(ticks) * rate) >> kShift);
}
}  // namespace detail

inline uint64_t monotonic_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000ull + static_cast<uint64_t>(t.tv_nsec);
}

// Signal-safe, no lock, no allocation. Not serializing: neighbouring instructions may move across it by some cycles.
inline uint64_t now_ticks() {
  return __builtin_expect(detail::counter.load(std::memory_order_relaxed), 1) ? detail::read_counter() : monotonic_ns();
}

// `ticks` is a difference of two now_ticks(). The caller checks its sign first: a negative one is an enormous one.
inline uint64_t ticks_to_ns(uint64_t ticks) {
  return detail::convert(ticks, detail::rate.load(std::memory_order_relaxed));
}

// CLOCK_MONOTONIC at `ticks`, a now_ticks(). Signal-safe, and without the system's own clock: cold, that costs its code
// and its data a page each.
inline uint64_t monotonic_at(uint64_t ticks) {
  if (!detail::counter.load(std::memory_order_relaxed)) return ticks;
  const detail::Instant &from =
      detail::instants[detail::base.load(std::memory_order_acquire)];  // partner: note_instant
  const uint64_t then = from.ticks.load(std::memory_order_relaxed), ns = from.ns.load(std::memory_order_relaxed);
  return ticks >= then ? ns + ticks_to_ns(ticks - then) : ns - ticks_to_ns(then - ticks);
}

// Notes an instant on both clocks, so that start() need not wait for a second one if that is some milliseconds later.
void note_early();
// Chooses and calibrates. Takes about 2 ms with the counter (4 at most, unless descheduled), nothing without.
// `force_monotonic` is for tests and the bench.
Source start(bool force_monotonic = false);

Source source();

// A better rate over a longer time, for the background thread, about once a second; costs microseconds. Follows slewing
// of CLOCK_MONOTONIC, and a counter that changed its pace (a virtual machine that moved) once two looks agree on it.
// Returns false when this look was not believed. One caller at a time.
bool recalibrate();

}  // namespace pyro::clock
