// Which hops get a cell? Two regular expressions on "element:pad", asked when a pad is resolved and never for a buffer.
//
// A hop without a cell is timed all the same: its time is its own and not its caller's, and samples keep their label.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

#include "tracer/params.h"
#include "tracer/place.h"

namespace pyro::tracer {

// For a new session. Sentences about expressions that are none: they select nothing, and everything is measured.
std::vector<std::string> set_filters(const Settings &settings);
// Is what happens at this pad measured? By any thread, once there is a session.
bool is_wanted(const PadPlace &place);

}  // namespace pyro::tracer
