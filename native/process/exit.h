// How long does a target that ends wait for its agent?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "wire/segment.h"

namespace pyro::process {

// Asks the agent to deliver everything now and waits until it has: true. False after `timeout_ms`, or earlier when
// no agent can answer: none was ever started or seen, it is gone, left, refuses the segment, or was silent for 5 s.
// Polls (1 ms at first, 20 ms at most) against a deadline: signals do not prolong it. Allocates nothing, so that it may
// run in a destructor of a library. `timeout_ms` 0 only asks.
bool wait_for_flush(wire::Segment &segment, unsigned timeout_ms);

// "In a container, where the agent dies with PID 1", precisely: this process is PID 1; or its pid namespace is not the
// machine's first one and PID 1 of it is not an init system (systemd, init, runit, s6-svscan, openrc-init, launchd),
// but a shell, an entry point, tini: something that ends when the work does and takes every process along. False
// without /proc, unless this is PID 1.
bool in_container_pid1();

}  // namespace pyro::process
