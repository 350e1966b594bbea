// Which parts of a command line are private?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pyro::process {

// One text (an argument, a URL, a pipeline description) in which every part that can carry a credential and is not
// known to be harmless is replaced by "***". In linear time; a second time changes nothing.
std::string redact(std::string_view text);

// The name of an element, a pad, a thread: looked at closely only if it can hold a URL or an assignment.
std::string redact_name(std::string_view name);

// OTEL_RESOURCE_ATTRIBUTES: keys of any kind, which are there to be shown, but for what sounds secret.
std::string redact_attributes(std::string_view text);

// Arguments joined by blanks, quoted where they hold some; the value after `--password` and the like is hidden too.
// Cut to `limit` bytes after hiding, never inside a UTF-8 character.
std::string redact_command(const std::vector<std::string> &argv, size_t limit);

}  // namespace pyro::process
