// Which share of the buffers becomes traces, and who said so?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracer/params.h"
#include "wire/segment.h"

namespace pyro::tracer {

// Which pushes are slow enough to be kept where spans are taken; as wire::Control.
struct Slow {
  uint64_t ns = 0;
  bool p99 = false;
};

struct SpanPolicy {
  uint64_t threshold = wire::kSpanNever;  // as wire::Control
  uint32_t cap = 0;
  Slow slow;
  std::vector<std::string> sentences;  // what of it could not be used, and what is used instead

  bool wanted() const { return threshold < wire::kSpanNever; }
};

// Option > OTEL_TRACES_SAMPLER and its argument > OTEL_TRACES_SAMPLING_RATIO > OTEL_SAMPLING_RATE > by the name of the
// deployment under the name of a tracer that is known for spans > none.
SpanPolicy span_policy(const Settings &settings, const char *(*environment)(const char *name));

// Nothing: it is no such text. What it is then.
std::optional<double> ratio_of(const std::string &text);
inline constexpr const char *kNoRatio = "is not a number from 0 to 1";
// "p99", "off", or milliseconds.
std::optional<Slow> slow_of(const std::string &text);
inline constexpr const char *kNoSlow = "is neither p99, off nor milliseconds";

}  // namespace pyro::tracer
