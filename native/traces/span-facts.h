// What do all spans of one look at the ring have in common, and what is known of the target's clock?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/cells.h"
#include "wire/records.h"

namespace pyro::traces {

struct SpanFacts {
  int64_t offset_ns = 0;  // Unix time minus CLOCK_MONOTONIC; another one after the wall clock was set
  uint64_t began_ns = 0;  // CLOCK_MONOTONIC when the target began
  std::string state;      // trace state of what the ratio chose; "" = none
  std::string link;       // a Link message to the trace that started the target; "" = none
};

inline constexpr std::string_view kSpanName = "PadPush";

// A span may hold any number, as long as nobody has looked at it.
inline std::string_view flow_name(const wire::Span &span) {
  return span.flow < wire::kFlowCount ? wire::kFlowNames[span.flow] : wire::kFlowNames[wire::kFlowOther];
}
inline std::string_view kind_name(const wire::Span &span) {
  return span.kind <= wire::kSpanPull ? wire::kSpanKindNames[span.kind] : "";
}

inline constexpr uint64_t kNoTime = UINT64_MAX;  // of a buffer without a time stamp

}  // namespace pyro::traces
