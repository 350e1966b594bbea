// Is this the trace that started us? W3C Trace Context, header `traceparent`, as an environment variable.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

namespace pyro::tracer {

enum class TraceParent { kNone, kUnsampled, kSampled };

// kNone for whatever is not valid: letters in upper case, ids of zeros, version ff, version 00 of another length.
TraceParent trace_parent(const std::string &text);

}  // namespace pyro::tracer
