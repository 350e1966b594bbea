// How is the text between the parentheses of GST_TRACERS cut into pieces?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

namespace pyro::tracer {

std::string trimmed(const std::string &text);
// Splits at commas outside quotes; a backslash keeps the next character. A quote that is never closed would swallow all
// options behind it, so it counts for nothing.
std::vector<std::string> split(std::string text);
// "(int)5" -> 5, "\"a\\\"b\"" -> a"b
std::string plain_value(std::string value);

}  // namespace pyro::tracer
