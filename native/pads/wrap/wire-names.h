// What are GStreamer's kinds of calls and flow returns in the segment?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "pads/registry/pad-registry.h"
#include "wire/cells.h"
#include "wire/records.h"

namespace pyro::pads {

constexpr wire::SpanKind span_kind(Kind kind) {
  if (kind == kGetRange) return wire::kSpanPull;
  return kind == kChainList ? wire::kSpanPushList : wire::kSpanPush;
}
constexpr uint32_t cell_kind(Kind kind) { return kind == kGetRange ? wire::kCellPull : wire::kCellChain; }

inline wire::Flow flow_of(GstFlowReturn flow) {
  switch (flow) {
    case GST_FLOW_OK:
      return wire::kFlowOk;
    case GST_FLOW_EOS:
      return wire::kFlowEos;
    case GST_FLOW_FLUSHING:
      return wire::kFlowFlushing;
    case GST_FLOW_NOT_LINKED:
      return wire::kFlowNotLinked;
    case GST_FLOW_NOT_NEGOTIATED:
      return wire::kFlowNotNegotiated;
    case GST_FLOW_ERROR:
      return wire::kFlowError;
    case GST_FLOW_NOT_SUPPORTED:
      return wire::kFlowNotSupported;
    default:
      return wire::kFlowOther;
  }
}

}  // namespace pyro::pads
