// When does profiling start in this process, what runs in the background, and how does it end?
//
// Construction of a tracer starts nothing: no thread, timer, file or process. The first buffer does (activity).
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "tracer/params.h"

namespace pyro::tracer {

// Called by the first tracer instance. Later instances share the session; their settings are ignored.
void session_configure(const Settings &settings);

}  // namespace pyro::tracer
