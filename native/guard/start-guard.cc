// Who ends an agent that never comes up, once its target has ended?
//
// An agent that is up sees to its own end (addon/exit-watch.cc). Before that nothing of ours runs in it: it may be
// stopped, or hang in an import or on a dead mount. Nothing in the kernel ends a process ten seconds after another one:
// an alarm, the only timer that survives execve, counts from the start; PR_SET_PDEATHSIG and signals of descriptors
// come at once, when a program that was short has yet to be delivered; and a child that stayed what it is would hold
// the target's memory. So the spawn (process/spawn-child.cc) starts this program beside the agent: it sleeps, looks
// once a second whether the agent has said in the segment that it is up, and then goes. It knows both processes by
// descriptors, so that no id can be given to another process meanwhile, and kills by SIGKILL, which ends a stopped
// process too.
//
// Without it (a plugin that was copied alone, a kernel before 5.3) the agent's alarm of half a minute must do.
// SPDX-License-Identifier: MPL-2.0
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "wire/clock-ns.h"
#include "wire/segment.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

namespace {

// As the spawn leaves them; 0 to 2 are /dev/null.
constexpr int kSegment = 3, kAgent = 4, kTarget = 5;

// An agent that is up ends within 9.7 s (src/agent/ending.ts), whenever it came up.
constexpr int64_t kPatienceMs = 9500;
constexpr int64_t kLookMs = 1000;

int64_t now_ms() { return static_cast<int64_t>(pyro::wire::clock_ns(CLOCK_MONOTONIC) / 1000000); }

// Read, not mapped: what the target does to its segment must not end us by a signal.
bool agent_is_up() {
  constexpr size_t kAt = offsetof(pyro::wire::Segment, life) + offsetof(pyro::wire::Life, agent_pid);
  uint32_t pid = 0;
  return pread(kSegment, &pid, sizeof pid, kAt) == sizeof pid && pid != 0;
}

}  // namespace

int main() {
  pollfd seen[] = {{kAgent, POLLIN, 0}, {kTarget, POLLIN, 0}};
  int64_t end = 0;  // of our patience; 0 = the target lives
  while (!agent_is_up()) {
    const int64_t left = end == 0 ? kLookMs : std::max<int64_t>(end - now_ms(), 0);
    if (poll(seen, 2, static_cast<int>(std::min(left, kLookMs))) < 0) return 1;
    if (seen[0].revents != 0) return 0;
    if (end == 0 && seen[1].revents != 0) {  // a target that ended before we began has no descriptor: POLLNVAL
      end = now_ms() + kPatienceMs;
      seen[1].fd = -1;
    } else if (end != 0 && now_ms() >= end) {
      return syscall(SYS_pidfd_send_signal, kAgent, SIGKILL, nullptr, 0) == 0 ? 0 : 1;
    }
  }
  return 0;
}
