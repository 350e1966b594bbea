// Who is the target? What it says of itself once, in the segment's directory.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "process/redact.h"

namespace pyro::process {

using Facts = std::vector<std::pair<std::string, std::string>>;

// Keys, in this order, left out where unknown: pid, start_ticks (field 22 of its stat), start_unix_ns, executable,
// argv0, command (secrets hidden), hostname, container_id, pid_namespace, hz (kernel ticks a second: the finest CPU
// timer), clock_ticks (unit of start_ticks), kernel, cpus, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES (secrets
// hidden), TRACEPARENT.
Facts facts();

// The kernel's tick, in Hz: it expires CPU timers no more often. 0 = not known.
uint32_t ticks_a_second();

// The id in the text of /proc/<pid>/cgroup or mountinfo; "" if this is no container known by one.
std::string container_id_in(const std::string &text);

}  // namespace pyro::process
