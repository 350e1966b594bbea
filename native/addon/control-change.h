// What does a JavaScript object want to be changed in a running target?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

#include <optional>

#include "wire/segment.h"

namespace pyro::addon {

// What is not named stays. Everything is checked before any of it is written.
struct ControlChange {
  std::optional<uint32_t> enabled, sample_rate, wall_rate, timing;
  std::optional<uint64_t> span_threshold, span_slow_ns;
  std::optional<uint32_t> span_p99;

  // The words for what is named; false: nothing is.
  bool write(wire::Control &control) const;
};

// Nothing: it threw a TypeError that names the property.
std::optional<ControlChange> control_change(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
