// How does the agent come to be, and does it still live?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "process/find-agent.h"
#include "wire/segment.h"

namespace pyro::process {

// Starts the agent invisibly (spawn.h says how and what it costs): no SIGCHLD, nothing for waitpid(-1), no zombie. Its
// own session; segment at descriptor 3, /dev/null at 0 to 2, nothing else; default signals; plain scheduling; an
// environment without what was meant for the application (agent-environment.h). Call it from the background thread.
// True: the program was executed; whether it stays is for agent_state. On failure nothing is left and *why_not is one
// sentence.
bool start_agent(const AgentCommand &command, int segment_fd,
                 const std::vector<std::pair<std::string, std::string>> &extra_env, std::string *why_not);

// Process id of the last agent started by this process; 0 = none. A forked child has none.
pid_t started_agent();

enum class AgentState {
  kNone,      // none was started, none was seen
  kStarting,  // started, not yet seen
  kAlive,
  kSilent,  // its process exists, but it was not seen for longer than kSilentNs: stopped, starved, or hung
  kGone,    // its process has ended, or its id belongs to another process now
  kLeft,    // it left on purpose, or refuses this segment: do not start another
};

inline constexpr uint64_t kSilentNs = 5'000'000'000;

// Reads /proc; no allocation, no lock. An agent attached from another pid namespace is judged by its silence alone.
AgentState agent_state(const wire::Segment &segment, uint64_t monotonic_ns);

}  // namespace pyro::process
