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
// GStreamer before 1.24 cuts parameters at the first ")", be it of a type or of a quoted text. With a type or a
// quotation left open, the whole of them from `tracers`, the text of GST_TRACERS; else, or if it is not there,
// `params`.
std::string uncut(const std::string &params, const std::string &tracers);
// "(int)5" -> 5, "\"a\\\"b\"" -> a"b
std::string plain_value(std::string value);

}  // namespace pyro::tracer
