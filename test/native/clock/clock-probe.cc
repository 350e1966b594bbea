// What does the clock do in a process of its own? clock_probe monotonic|start|early; exit code 0 = as promised.
// SPDX-License-Identifier: MPL-2.0
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "clock/clock.h"

namespace {

using namespace pyro::clock;

bool near_monotonic() {
  const uint64_t before = monotonic_ns(), ticks = now_ticks(), after = monotonic_ns();
  return before <= ticks && ticks <= after && ticks_to_ns(12345) == 12345;
}

int forced() {
  if (start(true) != Source::kMonotonic || source() != Source::kMonotonic) return 1;
  return near_monotonic() && recalibrate() && ticks_to_ns(1000000000) == 1000000000 ? 0 : 1;
}

int bounded() {
  const uint64_t begin = monotonic_ns();
  const Source chosen = start();
  const double ms = static_cast<double>(monotonic_ns() - begin) / 1e6;
  printf("start: %.2f ms, %s\n", ms, chosen == Source::kCounter ? "counter" : "CLOCK_MONOTONIC");
  return ms < 50 ? 0 : 1;  // 2 ms and what a busy machine adds
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  if (strcmp(argv[1], "monotonic") == 0) return forced();
  if (strcmp(argv[1], "early") == 0) return near_monotonic() && source() == Source::kMonotonic ? 0 : 1;
  return bounded();
}
