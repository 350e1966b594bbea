// Where is the agent, and by what is it run?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace pyro::process {

struct AgentCommand {
  std::vector<std::string> argv;  // argv[0] is an absolute path
  std::string found_by;           // "parameter agent", "GST_PYROSCOPE_AGENT", "next to the plugin" or "PATH"
  std::string guard = {};         // gst-pyro-guard beside the plugin (guard/start-guard.cc), "" = it is not there
};

inline constexpr const char *kNodeNeeded = "Node " PYRO_OLDEST_NODE
                                           " or newer is needed: get it from https://nodejs.org/en/download, or name "
                                           "it by GST_PYROSCOPE_NODE";

// In this order: `parameter`, `env_value`, what lies next to the plugin (kPlaces), gst-pyroscope in PATH. What a person
// named explicitly is used or refused, never silently replaced by the next. JavaScript is run by Node:
// GST_PYROSCOPE_NODE, PATH, the usual places. Nothing is run to find out; on failure *why_not is one sentence.
std::optional<AgentCommand> find_agent(const std::string &parameter, const std::string &env_value,
                                       const std::string &plugin_dir, std::string *why_not);

}  // namespace pyro::process
