// What does one segment say as Prometheus text?
//
// One renderer for the tracer's signals, in the target, and for the agent's endpoint: the same segment, the same text.
// It keeps nothing between two calls and believes nothing: every number is copied before it is used.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

#include "wire/segment.h"

namespace pyro::exposition {

// Key of the fact that says which families a target wants besides ours, and the words that may stand in it.
inline constexpr const char *kFamiliesFact = "exposition";
inline constexpr const char *kSeedFamilies = "seed";
inline constexpr const char *kPromLatencyFamilies = "prom-latency";

std::string render(const wire::Segment &segment);

}  // namespace pyro::exposition
