// Where do names of functions from types and roles go? As lines into the segment's directory, in the background.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "pads/learning/roles.h"
#include "wire/segment.h"

namespace pyro::tracer {

// A new session, with an empty directory: all names are told again. In a forked child too.
void function_lines_begin(bool child);
// What was learned of GStreamer's own functions, for this session and all later ones; lives for ever.
void note_roles(const pads::NamedRole *of_pads, uint32_t count);
// Once a second, in the background: notes what pads have by now where no wrapper sees their first buffer.
void function_lines_look();
// True if there is something to publish: then the module map is to be refreshed first.
bool function_lines_came();
// Names the functions that were noted since the last time. Background thread.
void publish_function_lines(wire::Segment &segment);

}  // namespace pyro::tracer
