// Where does one value end and the next begin, whatever is quoted, typed or left open?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/params-split.h"

namespace pyro::tracer {
namespace {

// Where the quotation begins that is never closed; npos when all are.
size_t open_quote(const std::string &text) {
  size_t open = std::string::npos;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\')
      i++;
    else if (text[i] == '"')
      open = open == std::string::npos ? i : std::string::npos;
  }
  return open;
}

}  // namespace

std::string trimmed(const std::string &text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> split(std::string text) {
  if (const size_t open = open_quote(text); open != std::string::npos) text.erase(open, 1);
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      parts.back() += c;
      parts.back() += text[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string plain_value(std::string value) {
  value = trimmed(value);
  if (!value.empty() && value[0] == '(') {
    const size_t end = value.find(')');
    if (end != std::string::npos) value = trimmed(value.substr(end + 1));
  }
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return value;
  std::string plain;
  for (size_t i = 1; i + 1 < value.size(); i++) {
    if (value[i] == '\\' && i + 2 < value.size()) i++;
    plain += value[i];
  }
  return plain;
}

}  // namespace pyro::tracer
