// How is a file of the target opened, as the target would see it?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

namespace pyro::symbols {

// For reading, if it is a regular file; nothing else is opened at all. Symbolic links stay below `root` ("" = ours).
// -1 and errno if it cannot be.
int open_in_root(const std::string &root, const std::string &path);

// The same where the kernel does not resolve below a root for us: its own call is missing or forbidden.
int open_by_steps(const std::string &root, const std::string &path);

}  // namespace pyro::symbols
