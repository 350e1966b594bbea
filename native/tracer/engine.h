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

// Of `settings` only what was asked for by name counts: the rate may be another one by now.
Choice choose_engine(const Settings &settings, uint32_t rate_hz);

}  // namespace pyro::tracer
