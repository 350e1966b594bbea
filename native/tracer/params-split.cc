// How are tracer parameters split into values, with quotes, type names and unclosed quotes handled?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/params-split.h"

#include <algorithm>
#include <iterator>

namespace pyro::tracer {
namespace {

// Position of a quote that is never closed; npos if there is none.
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

// True for a type name of serialized GstStructures, such as "int" or "guint64". Other text in parentheses is part of
// the value.
bool is_type(const std::string &word) {
  static const char *const types[] = {"int",     "i",     "uint",   "u",      "int64",   "uint64",   "long",
                                      "ulong",   "float", "f",      "double", "d",       "bool",     "b",
                                      "boolean", "str",   "string", "s",      "gint",    "guint",    "gint64",
                                      "guint64", "glong", "gulong", "gfloat", "gdouble", "gboolean", "gchararray"};
  return std::any_of(std::begin(types), std::end(types), [&](const char *type) { return word == type; });
}

// True if the text ends within parentheses or a quoted string.
bool is_open(const std::string &text) {
  if (open_quote(text) != std::string::npos) return true;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\')
      i++;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && text[i] == '(')
      depth++;
    else if (!quoted && text[i] == ')')
      depth--;
  }
  return depth > 0;
}

}  // namespace

std::string uncut(const std::string &params, const std::string &tracers) {
  if (!is_open(params)) return params;
  const size_t begin = tracers.find("(" + params + ")");
  if (begin == std::string::npos) return params;
  // GStreamer ends a tracer at the next ";", even inside of quotes; the last ")" before it closes the parameters.
  const size_t end = tracers.rfind(')', tracers.find(';', begin));
  return tracers.substr(begin + 1, end - begin - 1);
}

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
    if (end != std::string::npos && is_type(trimmed(value.substr(1, end - 1)))) value = trimmed(value.substr(end + 1));
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
