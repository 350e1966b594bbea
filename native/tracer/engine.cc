// How is what was asked for weighed against what this kernel can and permits?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/engine.h"

#include <cstring>

#include "process/facts.h"
#include "sampling/perf-events.h"

namespace pyro::tracer {
namespace {

std::string text_of(uint32_t rate_hz) { return std::to_string(rate_hz) + " Hz"; }

Choice with_timers(uint32_t rate_hz, uint32_t ticks, const std::string &but) {
  const bool slow = ticks != 0 && rate_hz > ticks;
  std::string why = "timer: ";
  why += slow ? "up to " + std::to_string(ticks) + " samples a second, the kernel's tick, of the " + text_of(rate_hz)
              : text_of(rate_hz) + " is within the kernel's tick of " + std::to_string(ticks) + " Hz";
  return {sampling::timer_engine(), why + but, slow || !but.empty()};
}

}  // namespace

Choice choose_engine(const Settings &settings, uint32_t rate_hz) {
  const std::string &asked = settings.text(kEngine);
  const uint32_t ticks = process::ticks_a_second();
  const bool beyond = ticks != 0 && rate_hz > ticks;
  if (asked == "timer" || (asked == "auto" && !beyond)) return with_timers(rate_hz, ticks, "");
  if (const int error = sampling::perf_error())
    return with_timers(rate_hz, ticks, std::string("; perf events are refused here: ") + std::strerror(error));
  const std::string why = asked == "perf"
                              ? "engine=perf asks for it"
                              : text_of(rate_hz) + " is beyond the kernel's tick of " + std::to_string(ticks) + " Hz";
  return {sampling::perf_engine(), "perf: " + why, false};
}

}  // namespace pyro::tracer
