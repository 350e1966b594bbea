// How is the agent found, started and replaced?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/agent-life.h"

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "clock/clock.h"
#include "tracer/log.h"

namespace pyro::tracer {
namespace {

constexpr uint64_t kAttachNs = 15000000000ull;  // an agent that has not attached by then never will

std::string plugin_dir() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void *>(&plugin_dir), &info) || !info.dli_fname) return "";
  const std::string path = info.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Gone, or a zombie that nobody has waited for yet.
bool is_dead(pid_t pid) {
  if (kill(pid, 0) != 0) return errno == ESRCH;
  char path[32], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "re");
  if (!file) return errno == ENOENT;
  const size_t n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = 0;
  const char *after = std::strrchr(text, ')');
  return after && after[1] == ' ' && (after[2] == 'Z' || after[2] == 'X');
}

class Locked {
 public:
  explicit Locked(pthread_mutex_t &mutex) : mutex_(mutex) { pthread_mutex_lock(&mutex_); }
  ~Locked() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t &mutex_;
};

bool hosted() {
  const char *host = std::getenv("GST_PYROSCOPE_HOST_PID");
  return host && *host;
}

}  // namespace

void AgentLife::start_once(wire::Segment &segment) {
  const Locked locked(mutex_);
  if (started_) return;
  started_ = true;
  if (!hosted()) start(segment);
  else hopeless_ = true;  // whoever hosts us comes by itself
}

void AgentLife::look(wire::Segment &segment) {
  const Locked locked(mutex_);
  if (segment.life.refusal.load(std::memory_order_acquire) == wire::kRefusedVersion && !told_version_) {
    told_version_ = true;
    warn("the agent speaks version " + std::to_string(segment.life.agent_version.load()) + " of the segment, this tracer version " +
         std::to_string(wire::WIRE_VERSION) + ": install both from one release");
    hopeless_ = true;
  }
  if (!started_ || hopeless_ || segment.life.detached.load(std::memory_order_relaxed) || !died(segment)) return;
  const uint64_t now = clock::monotonic_ns();
  if (!policy_.may_start(now)) return;
  segment.counters.add(wire::kAgentRestarts);
  start(segment);
}

void AgentLife::start(wire::Segment &segment) {
  const char *environment = std::getenv("GST_PYROSCOPE_AGENT");
  std::string why;
  const std::string &parameter = settings_.option[kAgent].source == Source::kParameter ? settings_.text(kAgent) : std::string();
  const auto command = process::find_agent(parameter, environment ? environment : "", plugin_dir(), &why);
  started_ns_ = clock::monotonic_ns();
  policy_.started(started_ns_);
  segment.life.agent_pid.store(0, std::memory_order_relaxed);
  if (command && process::start_agent(*command, segment_fd_, {}, &why)) {
    segment.life.spawned.fetch_add(1, std::memory_order_relaxed);
    return info("agent started: " + command->found_by);
  }
  segment.counters.add(wire::kSpawnFailed);
  hopeless_ = !command;
  warn("no agent, so nothing is sent or captured; buffers are still timed: " + why);
}

bool AgentLife::died(const wire::Segment &segment) const {
  const uint32_t pid = segment.life.agent_pid.load(std::memory_order_relaxed);
  if (pid == 0) return clock::monotonic_ns() - started_ns_ > kAttachNs;
  return is_dead(static_cast<pid_t>(pid));
}

}  // namespace pyro::tracer
