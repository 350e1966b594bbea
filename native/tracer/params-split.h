// How are the parameters in parentheses of GST_TRACERS split into options and values?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <vector>

namespace pyro::tracer {

// `text` without white space at both ends.
std::string trimmed(const std::string &text);
// Splits at commas outside of quotes; a backslash escapes the next character. A quote that is never closed is ignored,
// because it would make all later options part of one value.
std::vector<std::string> split(std::string text);
// GStreamer before 1.24 ends `params` at the first ")", even if that closes a type or is part of a quoted string. If
// `params` was cut in this way, returns the complete parameters out of `tracers`, the value of GST_TRACERS; else, or if
// `tracers` does not contain them, `params`.
std::string uncut(const std::string &params, const std::string &tracers);
// The value without its type, quotes and escapes: (int)5 -> 5, "a\"b" -> a"b
std::string plain_value(std::string value);

}  // namespace pyro::tracer
