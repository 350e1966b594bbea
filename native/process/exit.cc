// How does a target end without losing its last window, and without hanging?
// SPDX-License-Identifier: MPL-2.0
#include "process/exit.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "process/agent.h"
#include "process/process-stat.h"
#include "wire/clock-ns.h"

namespace pyro::process {
namespace {

constexpr uint64_t kFirstPauseNs = 1'000'000, kLongestPauseNs = 20'000'000;
constexpr const char *kInitSystems[] = {"systemd", "init", "runit", "s6-svscan", "openrc-init", "launchd"};
constexpr const char *kFirstPidNamespace = "pid:[4026531836]";  // PROC_PID_INIT_INO, part of the kernel's interface

bool answered(const wire::Segment &segment, uint32_t asked) {
  const uint32_t done = segment.life.flush_done.load(std::memory_order_acquire);  // partner: the agent's release
  return static_cast<int32_t>(done - asked) >= 0;                                 // the counters may wrap
}

bool can_answer(const wire::Segment &segment, uint64_t now) {
  const AgentState state = agent_state(segment, now);
  return state == AgentState::kAlive || state == AgentState::kStarting;
}

bool wait_until(const wire::Segment &segment, uint32_t asked, uint64_t deadline) {
  for (uint64_t pause = kFirstPauseNs;; pause = std::min(pause * 2, kLongestPauseNs)) {
    const uint64_t now = wire::clock_ns(CLOCK_MONOTONIC);
    // Asked before it is looked whether it lives: an agent may answer and leave.
    const bool possible = can_answer(segment, now);
    if (answered(segment, asked)) return true;
    if (!possible || now >= deadline) return false;
    const timespec rest{0, static_cast<long>(std::min(pause, deadline - now))};
    nanosleep(&rest, nullptr);
  }
}

}  // namespace

bool wait_for_flush(wire::Segment &segment, unsigned timeout_ms) {
  const int errno_before = errno;
  const uint32_t asked = segment.life.flush_asked.fetch_add(1, std::memory_order_acq_rel) + 1;
  const bool done = wait_until(segment, asked, wire::clock_ns(CLOCK_MONOTONIC) + uint64_t{timeout_ms} * 1000000);
  errno = errno_before;
  return done;
}

bool in_container_pid1() {
  if (getpid() == 1) return true;
  char space[64];
  const ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
  if (n <= 0) return false;
  space[n] = 0;
  ProcessStat init;
  if (strcmp(space, kFirstPidNamespace) == 0 || !read_process_stat(1, &init)) return false;
  return std::none_of(std::begin(kInitSystems), std::end(kInitSystems),
                      [&](const char *name) { return strcmp(init.comm, name) == 0; });
}

}  // namespace pyro::process
