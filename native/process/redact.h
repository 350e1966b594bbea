// Which parts of a command line are nobody else's business?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pyro::process {

// One text (an argument, a URL, a pipeline description) with every secret replaced by "***": user and password in URLs,
// values of keys that sound secret, stream keys of RTMP addresses, credentials in headers, JSON web tokens. Rather too
// much than too little.
std::string redact(std::string_view text);

// Arguments joined by blanks, quoted where they hold some; the value after `--password` and the like is hidden too.
// Cut to `limit` bytes after hiding, never inside a UTF-8 character.
std::string redact_command(const std::vector<std::string> &argv, size_t limit);

}  // namespace pyro::process
