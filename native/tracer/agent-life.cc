// How is the agent found, started and replaced?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/agent-life.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "clock/clock.h"
#include "tracer/log.h"
#include "tracer/presets.h"

namespace pyro::tracer {
namespace {

// Of the file itself: GStreamer may have loaded it by a link to it, as install-plugin makes one.
std::string plugin_dir() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void *>(&plugin_dir), &info) || !info.dli_fname) return "";
  char *real = realpath(info.dli_fname, nullptr);
  const std::string path = real ? real : info.dli_fname;
  free(real);
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string refusal_text(const wire::Life &life, uint32_t refusal) {
  const std::string version = std::to_string(life.agent_version.load(std::memory_order_relaxed));
  if (refusal == wire::kRefusedNode)
    return "the agent is not run by Node " + version + ", so nothing is sent or captured. " + process::kNodeNeeded;
  return "the agent speaks version " + version + " of the segment, this tracer version " +
         std::to_string(wire::WIRE_VERSION) + ": install both from one release";
}

pid_t host_pid() {
  const char *host = std::getenv("GST_PYROSCOPE_HOST_PID");
  return host ? static_cast<pid_t>(std::strtol(host, nullptr, 10)) : 0;
}

constexpr uint64_t kHostWaitNs = 1000000000;

}  // namespace

bool hosted() { return host_pid() > 0; }

void wait_for_host(const wire::Segment &segment) {
  const uint64_t end = clock::monotonic_ns() + kHostWaitNs;
  while (segment.life.agent_pid.load(std::memory_order_acquire) == 0 && clock::monotonic_ns() < end) {
    if (kill(host_pid(), 0) != 0 && errno == ESRCH) return;
    const timespec pause{0, 2000000};
    nanosleep(&pause, nullptr);
  }
}

void AgentLife::start_once(wire::Segment &segment) {
  const std::lock_guard<std::mutex> locked(mutex_);
  if (started_) return;
  started_ = true;
  if (!hosted() && wants_agent(settings_, std::getenv("GST_PYROSCOPE_CONFIG")))
    start(segment);
  else
    hopeless_ = true;  // the host attaches by itself
}

void AgentLife::look(wire::Segment &segment) {
  const std::lock_guard<std::mutex> locked(mutex_);
  const uint32_t refusal = segment.life.refusal.load(std::memory_order_acquire);
  if ((refusal == wire::kRefusedVersion || refusal == wire::kRefusedNode) && !told_refusal_) {
    told_refusal_ = true;
    warn(refusal_text(segment.life, refusal));
    hopeless_ = true;
  }
  say_endpoint(segment.life.endpoint_error.load(std::memory_order_relaxed));
  if (!started_ || hopeless_) return;
  const uint64_t now = clock::monotonic_ns();
  if (process::agent_state(segment, now) != process::AgentState::kGone || !policy_.may_start(now)) return;
  segment.counters.add(wire::kAgentRestarts);
  start(segment);
}

// The agent has no terminal, so it is said here, once, and with the name of what the port came from.
void AgentLife::say_endpoint(uint32_t error) {
  if (std::exchange(told_endpoint_, error) == error) return;
  const std::string port = settings_.option[kPort].named + "=" + settings_.text(kPort);
  if (error == 0) return info(port + ": metrics are served now");
  const char *why = error == EADDRINUSE ? "another process has the port; asked again every few seconds"
                    : error == EACCES   ? "this user may not open that port"
                                        : std::strerror(static_cast<int>(error));
  warn(port + " serves no metrics: " + why + ". The pipeline is not affected");
}

void AgentLife::start(wire::Segment &segment) {
  const char *environment = std::getenv("GST_PYROSCOPE_AGENT");
  std::string why;
  const std::string &parameter =
      settings_.option[kAgent].source == Source::kParameter ? settings_.text(kAgent) : std::string();
  const auto command = process::find_agent(parameter, environment ? environment : "", plugin_dir(), &why);
  policy_.started(clock::monotonic_ns());
  segment.life.agent_pid.store(0, std::memory_order_relaxed);
  if (command && process::start_agent(*command, segment_fd_, {}, &why)) {
    segment.life.spawned.fetch_add(1, std::memory_order_relaxed);
    return info("agent started: " + command->found_by);
  }
  segment.counters.add(wire::kSpawnFailed);
  hopeless_ = !command;
  warn("no agent, so nothing is sent or captured; buffers are still timed: " + why);
}

}  // namespace pyro::tracer
