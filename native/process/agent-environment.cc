// Which variables must not reach the agent? TABLE: each with its reason.
// SPDX-License-Identifier: MPL-2.0
#include "process/agent-environment.h"

#include <string.h>
#include <unistd.h>

#include <string_view>

namespace pyro::process {
namespace {

// A trailing '*' matches every name that begins so.
constexpr std::string_view kRemoved[] = {
    "GST_TRACERS",  // the agent is not a target, nor is anything it may start
    "LD_PRELOAD",
    "LD_AUDIT",                         // libraries meant for the application
    "NODE_OPTIONS",                     // --require, --inspect, memory limits of another Node program
    "NODE_CHANNEL_FD",                  // started by a Node parent: Node would take our segment for its IPC channel
    "NODE_CHANNEL_SERIALIZATION_MODE",  //
    "NODE_UNIQUE_ID",                   // would make it a cluster worker
    "NODE_V8_COVERAGE",                 // would write files
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",  // sockets it does not get
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",         // the application's talk with its service manager
    "GST_PYROSCOPE_HOST_*",  // between `run` and the target only
};

bool removed(std::string_view name) {
  for (std::string_view pattern : kRemoved) {
    const bool prefix = pattern.back() == '*';
    if (prefix) pattern.remove_suffix(1);
    if (prefix ? name.substr(0, pattern.size()) == pattern : name == pattern) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> agent_environment(const std::vector<std::pair<std::string, std::string>> &extra) {
  std::vector<std::string> result;
  for (char **at = environ; at && *at; at++) {
    const std::string_view entry = *at;
    const std::string_view name = entry.substr(0, entry.find('='));
    bool replaced = false;
    for (const auto &pair : extra) replaced = replaced || pair.first == name;
    if (!replaced && !removed(name)) result.emplace_back(entry);
  }
  for (const auto &pair : extra) result.push_back(pair.first + "=" + pair.second);
  return result;
}

}  // namespace pyro::process
