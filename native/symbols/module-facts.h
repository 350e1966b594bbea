// Which build is a file, which libraries is it linked with, and can its code be walked? What its sections say.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

namespace pyro::symbols {

struct ModuleFacts {
  std::string build_id;             // hex; "" if it has none
  std::vector<std::string> needed;  // as "libx264.so.164"
  bool has_frames = false;          // .eh_frame describes a function of it
};

// Of the file at `path` below `root` ("" = ours); nothing if it cannot be read. Thread-safe.
ModuleFacts facts_of(const std::string &root, const std::string &path);

}  // namespace pyro::symbols
