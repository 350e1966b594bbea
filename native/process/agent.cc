// How is the agent started, and how is it told that it is gone?
// SPDX-License-Identifier: MPL-2.0
#include "process/agent.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "process/agent-environment.h"
#include "process/process-stat.h"
#include "process/spawn.h"
#include "wire/clock-ns.h"

namespace pyro::process {
namespace {

// Agent and its starter in one word, so that a forked child can tell that the agent is not its own.
std::atomic<uint64_t> started{0};

std::vector<char *> pointers(std::vector<std::string> &texts) {
  std::vector<char *> result;
  for (std::string &text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string sentence(const AgentCommand &command, const SpawnResult &result) {
  char text[128];
  const char *reason = strerror_r(result.error, text, sizeof text);  // GNU: may answer with another text
  return "the agent " + command.argv[0] + " (" + command.found_by + ") could not be started: " + result.step + ": " +
         reason;
}

// A process younger than the last sign of life cannot have given it: the id was used again.
bool started_after(pid_t pid, uint64_t seen_monotonic_ns) {
  ProcessStat stat;
  if (!read_process_stat(pid, &stat)) return false;
  const uint64_t suspended = wire::clock_ns(CLOCK_BOOTTIME) - wire::clock_ns(CLOCK_MONOTONIC);
  const uint64_t tick_ns = 1000000000ull / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return stat.start_ticks * tick_ns > seen_monotonic_ns + suspended + 2 * tick_ns;
}

AgentState state_of_started() {
  const pid_t pid = started_agent();
  if (pid == 0) return AgentState::kNone;
  return process_runs(pid) ? AgentState::kStarting : AgentState::kGone;
}

}  // namespace

bool start_agent(const AgentCommand &command, int segment_fd,
                 const std::vector<std::pair<std::string, std::string>> &extra_env, std::string *why_not) {
  if (command.argv.empty()) {
    *why_not = "there is no agent to start";
    return false;
  }
  std::vector<std::string> words = command.argv;
  std::vector<std::string> environment = agent_environment(extra_env);
  const std::vector<char *> argv = pointers(words);
  const std::vector<char *> envp = pointers(environment);
  const char *guard = command.guard.empty() ? nullptr : command.guard.c_str();
  const SpawnResult result = spawn_unseen({argv[0], argv.data(), envp.data(), segment_fd, guard});
  if (result.error != 0) {
    *why_not = sentence(command, result);
    return false;
  }
  started.store(static_cast<uint64_t>(getpid()) << 32 | static_cast<uint32_t>(result.pid), std::memory_order_relaxed);
  return true;
}

pid_t started_agent() {
  const uint64_t both = started.load(std::memory_order_relaxed);
  return both >> 32 == static_cast<uint64_t>(getpid()) ? static_cast<pid_t>(both & 0xffffffff) : 0;
}

AgentState agent_state(const wire::Segment &segment, uint64_t monotonic_ns) {
  const wire::Life &life = segment.life;
  if (life.detached.load(std::memory_order_acquire) != 0 || life.refusal.load(std::memory_order_acquire) != 0)
    return AgentState::kLeft;
  const auto pid = static_cast<pid_t>(life.agent_pid.load(std::memory_order_acquire));
  const uint64_t seen = life.agent_seen_ns.load(std::memory_order_relaxed);
  const bool silent = monotonic_ns > seen + kSilentNs;
  const pid_t ours = started_agent();
  if (pid <= 0) return state_of_started();
  if (ours == 0) {  // hosted by another process, perhaps in another pid namespace: its heartbeat must do
    if (!silent) return AgentState::kAlive;
    return process_runs(pid) && !started_after(pid, seen) ? AgentState::kSilent : AgentState::kGone;
  }
  // Another one than ours: it attached by itself, or it is the predecessor of one that has not said a word yet.
  if (pid != ours) return !silent && process_runs(pid) ? AgentState::kAlive : state_of_started();
  if (!process_runs(pid) || started_after(pid, seen)) return AgentState::kGone;
  return silent ? AgentState::kSilent : AgentState::kAlive;
}

}  // namespace pyro::process
