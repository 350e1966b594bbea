// How does a span look in a capture? One line of JSON; times are Unix nanoseconds as text, for they are too long for a
// number.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

#include "traces/span-facts.h"
#include "traces/span-names.h"

namespace pyro::traces {

// Appends it, with the end of the line.
void put_line(std::string &to, const wire::Span &span, const SpanFacts &facts, const SpanNames &names);

}  // namespace pyro::traces
