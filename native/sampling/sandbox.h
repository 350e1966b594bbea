// Is a thread in a sandbox, and is there room for one more signal? What /proc/self/task/<tid>/status tells.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

namespace pyro::sampling {

// True: the thread may do less than `home`, a thread of ours: it is in strict mode, or has more filters. Filters that
// all threads have, like a container's, are those of `home` too. Not in a handler.
bool is_sandboxed(pid_t tid, pid_t home);

// False: the user's signals that wait and timers fill half of RLIMIT_SIGPENDING; the rest is for the host. Not in a
// handler.
bool has_room_for_signal();

}  // namespace pyro::sampling
