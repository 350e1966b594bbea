// How is what was asked for weighed against what this kernel can and permits?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/engine.h"

#include <time.h>

#include <cstring>

#include "sampling/perf-events.h"

namespace pyro::tracer {
namespace {

std::string rate_of(const Settings &settings) { return settings.text(kSampleRate) + " Hz"; }

Choice with_timers(const Settings &settings, uint32_t ticks, const std::string &but) {
  const bool slow = ticks != 0 && settings.number(kSampleRate) > ticks;
  std::string why = "timer: ";
  why += slow ? "up to " + std::to_string(ticks) + " samples a second, the kernel's tick, of the " + rate_of(settings)
              : rate_of(settings) + " is within the kernel's tick of " + std::to_string(ticks) + " Hz";
  return {sampling::timer_engine(), why + but, slow || !but.empty()};
}

}  // namespace

uint32_t ticks_a_second() {
  timespec tick{};
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_sec != 0 || tick.tv_nsec == 0) return 0;
  return static_cast<uint32_t>((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec);
}

Choice choose_engine(const Settings &settings) {
  const std::string &asked = settings.text(kEngine);
  const uint32_t ticks = ticks_a_second();
  const bool beyond = ticks != 0 && settings.number(kSampleRate) > ticks;
  if (asked == "timer" || (asked == "auto" && !beyond)) return with_timers(settings, ticks, "");
  if (const int error = sampling::perf_error())
    return with_timers(settings, ticks, std::string("; perf events are refused here: ") + std::strerror(error));
  const std::string why = asked == "perf"
                              ? "engine=perf asks for it"
                              : rate_of(settings) + " is beyond the kernel's tick of " + std::to_string(ticks) + " Hz";
  return {sampling::perf_engine(), "perf: " + why, false};
}

}  // namespace pyro::tracer
