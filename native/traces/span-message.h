// How does a span look to OTLP? A message of opentelemetry.proto.trace.v1.Span.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

#include "traces/span-facts.h"
#include "traces/span-names.h"

namespace pyro::traces {

// Appends it as a field of ScopeSpans, with what stands before a message there: fields that lie one behind the other
// are a part of an export.
void put_span(std::string &to, const wire::Span &span, const SpanFacts &facts, const SpanNames &names);

}  // namespace pyro::traces
