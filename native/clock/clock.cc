// Which clock does this machine have that is both cheap and right?
// SPDX-License-Identifier: MPL-2.0
#include "clock/clock.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstring>
#include <initializer_list>

#include "clock/calibration.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace pyro::clock {
namespace {

constexpr uint64_t kFirstLookNs = 2'000'000;
// An earlier instant is good for so long: the machine may have slept, or moved, since. A pipeline that begins later
// pays the 2 ms.
constexpr uint64_t kOldestLookNs = 1'000'000'000;
constexpr int kTries = 12;

Calibration calibration;  // written by start() and recalibrate(), which have one caller at a time
std::atomic<bool> started{false};
std::atomic<uint64_t> early_ticks{0}, early_ns{0};  // an instant that note_early() saw; 0 = none

// Both clocks at one instant: the try with the narrowest bracket, so that an interrupt in the middle does not count.
Pair read_pair() {
  Pair best{};
  uint64_t narrowest = ~0ull;
  for (int i = 0; i < kTries; i++) {
    const uint64_t before = detail::read_counter();
    const uint64_t ns = monotonic_ns();
    const uint64_t width = detail::read_counter() - before;
    if (width >= narrowest) continue;
    narrowest = width;
    best = {before + width / 2, ns};
  }
  return best;
}

#if defined(__x86_64__)
// Constant in every power state and P-state, as the CPU says of itself.
bool counter_is_invariant() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000007u, &a, &b, &c, &d) != 0 && (d & 1u << 8) != 0;
}

// The kernel watches its clocksource and leaves the TSC when CPUs disagree: what it trusts, we trust.
bool kernel_trusts_counter() {
  char text[64] = {};
  const int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return false;
  text[strcspn(text, "\n")] = 0;
  for (const char *good : {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page"})
    if (strcmp(text, good) == 0) return true;
  return false;
}

const char *why_not_counter() {
  int mode = PR_TSC_ENABLE;
  if (prctl(PR_GET_TSC, &mode) == 0 && mode != PR_TSC_ENABLE) return "reading the TSC is forbidden (PR_SET_TSC)";
  if (!counter_is_invariant()) return "the CPU does not say that its TSC is invariant";
  if (!kernel_trusts_counter()) return "the kernel's clocksource is not based on the TSC";
  return "";
}
#elif defined(__aarch64__)
const char *why_not_counter() { return ""; }  // the architecture guarantees a constant, synchronized cntvct_el0
#else
const char *why_not_counter() { return "no counter known for this architecture"; }
#endif

void note_instant(const Pair &now) {
  const uint32_t other = 1 - detail::base.load(std::memory_order_relaxed);
  detail::instants[other].ticks.store(now.ticks, std::memory_order_relaxed);
  detail::instants[other].ns.store(now.ns, std::memory_order_relaxed);
  detail::base.store(other, std::memory_order_release);
}

// Busy for most of the 2 ms, unless they passed already: a sleep may take any time, and the pair must not be worn out
// by a cold cache.
const char *calibrate_first() {
  read_pair();
  Pair from = read_pair();
  const Pair early{early_ticks.load(std::memory_order_relaxed), early_ns.load(std::memory_order_relaxed)};
  if (early.ns != 0 && from.ns - early.ns <= kOldestLookNs) from = early;
  while (monotonic_ns() - from.ns < kFirstLookNs) {
  }
  if (!calibration.begin(from, read_pair())) return "the counter does not run with CLOCK_MONOTONIC";
  return "";
}

}  // namespace

void note_early() {
  if (started.load(std::memory_order_acquire) || *why_not_counter() != 0) return;
  read_pair();
  const Pair now = read_pair();
  early_ticks.store(now.ticks, std::memory_order_relaxed);
  early_ns.store(now.ns, std::memory_order_relaxed);
}

Source start(bool force_monotonic) {
  if (started.exchange(true, std::memory_order_acq_rel)) return source();
  const char *why = force_monotonic ? "asked for" : why_not_counter();
  if (*why == 0) why = calibrate_first();
  if (*why == 0) {
    detail::rate.store(calibration.rate(), std::memory_order_relaxed);
    note_instant(read_pair());
    // A thread that sees the counter must see its rate: only this order ensures it. Callers come after
    // start() in their own program order, or are handed work by a thread that does.
    detail::counter.store(true, std::memory_order_release);
  }
  return source();
}

Source source() { return detail::counter.load(std::memory_order_acquire) ? Source::kCounter : Source::kMonotonic; }

bool recalibrate() {
  if (source() == Source::kMonotonic) return true;
  const Pair now = read_pair();
  const bool believed = calibration.look(now);
  note_instant(now);
  detail::rate.store(calibration.rate(), std::memory_order_relaxed);
  return believed;
}

}  // namespace pyro::clock
