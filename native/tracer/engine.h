// Timers or perf: which engine samples, and why?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

#include "sampling/engine.h"
#include "tracer/params.h"

namespace pyro::tracer {

struct Choice {
  sampling::Engine &engine;
  std::string why;  // a sentence that begins with the engine's name
  bool surprising;  // another one than was asked for, or not the rate
};

Choice choose_engine(const Settings &settings);
// The kernel's tick, in Hz: it expires CPU timers no more often. 0 = not known.
uint32_t ticks_a_second();

}  // namespace pyro::tracer
