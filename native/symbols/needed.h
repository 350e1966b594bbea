// Which libraries is a file linked with? What its dynamic section asks the loader for.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

namespace pyro::symbols {

// Names as "libx264.so.164", of the file at `path` below `root` ("" = ours). Empty if it is none, or asks for nothing.
// Thread-safe.
std::vector<std::string> needed_libraries(const std::string &root, const std::string &path);

}  // namespace pyro::symbols
