// Which environment does the agent get?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace pyro::process {

// This process's environment without what is meant for it alone (TABLE in the source), `extra` added or replacing.
// Reads `environ` without a lock, as getenv does: no other thread may be inside setenv.
std::vector<std::string> agent_environment(const std::vector<std::pair<std::string, std::string>> &extra);

}  // namespace pyro::process
