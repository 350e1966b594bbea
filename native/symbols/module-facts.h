// Which build is a file, and which libraries is it linked with? What its notes and its dynamic section say.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

namespace pyro::symbols {

struct ModuleFacts {
  std::string build_id;             // hex; "" if it has none
  std::vector<std::string> needed;  // as "libx264.so.164"
};

// Of the file at `path` below `root` ("" = ours); nothing if it cannot be read. Thread-safe.
ModuleFacts facts_of(const std::string &root, const std::string &path);

}  // namespace pyro::symbols
