// When does profiling start in this process, what runs in the background, and how does it end?
//
// Construction of a tracer starts nothing: no thread, timer, file or process. The first buffer does (activity).
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <optional>
#include <string>

#include "tracer/params.h"

namespace pyro::tracer {

// Called by each tracer instance. All share one session; once it has begun, what later ones were told is ignored.
void session_configure(const Settings &settings);
// With timing=hooks the first tracer registers GStreamer's hooks; it lives for ever.
void session_use_tracer(void *tracer);
// An option of the session, by a property of the tracer, from any thread: in the words of the live session, else for
// the one that begins. "": it is done; else a sentence, and nothing was changed.
std::string session_set(Option option, const std::string &value);
// What the session does by now, or will begin with; nothing where there is no session, or the option never changes.
std::optional<std::string> session_setting(Option option);
// Prometheus text of the live session; "" before there is one. From any thread.
std::string session_metrics();

}  // namespace pyro::tracer
