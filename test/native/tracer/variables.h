// Which environment does a test give to what reads one?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <map>
#include <string>

namespace pyro::tracer {

inline std::map<std::string, std::string> variables;

inline const char *environment(const char *name) {
  const auto found = variables.find(name);
  return found == variables.end() ? nullptr : found->second.c_str();
}

}  // namespace pyro::tracer
