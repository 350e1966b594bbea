// Which share of the buffers becomes traces, and who said so?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tracer/params.h"
#include "wire/segment.h"

namespace pyro::tracer {

struct SpanPolicy {
  uint64_t threshold = wire::kSpanNever;  // as wire::Control
  uint32_t cap = 0;
  uint64_t slow_ns = 0;
  bool p99 = false;
  std::vector<std::string> sentences;  // what of it could not be used, and what is used instead

  bool wanted() const { return threshold < wire::kSpanNever || slow_ns > 0; }
};

// Option > OTEL_TRACES_SAMPLER and its argument > OTEL_TRACES_SAMPLING_RATIO > OTEL_SAMPLING_RATE > by the name of the
// deployment under the name of a tracer that is known for spans > none.
SpanPolicy span_policy(const Settings &settings, const char *(*environment)(const char *name));

// 0..1 as a threshold for the low 56 bits.
uint64_t threshold_of(double ratio);

}  // namespace pyro::tracer
