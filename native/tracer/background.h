// What runs in the background? One thread with all signals blocked: it arms timers, builds tables, names modules and
// threads, looks after the agent and leaves the latest sums in the segment. Ten rounds a second.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "tracer/params.h"
#include "wire/segment.h"

namespace pyro::tracer {

// Starts the thread; returns why not, or nullptr. `settings` lives for ever.
const char *background_start(wire::Segment &segment, int segment_fd, const Settings &settings);
// Addresses of code that will appear in stacks (others among them do no harm): their modules get tables at once, and
// what those are linked with. Any thread.
void background_note_code(gpointer const *functions, guint count);
// Starts the agent's process unless that was done: called before the session ends, because a process may end before the
// thread's first round. Nothing happens before background_start().
void background_ensure_agent();
// Walks the stacks that were put aside because a module had no unwind table yet. Waits for those tables a tenth of a
// second at most.
void background_finish_stacks();
// What elements took since the last records, if GStreamer's log wants them: once a second, and at the end.
void background_write_records();
// What the agent wants to be said: once a second, and at the end.
void background_say_words();
// Ends the thread's rounds; does not wait for the present one longer than a moment.
void background_stop();
// In a forked child: the thread stayed with the parent.
void background_forget();

// Around fork.
void lock_background();
void unlock_background();

}  // namespace pyro::tracer
