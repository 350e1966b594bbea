// How are include-filter and exclude-filter understood and asked?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/filters.h"

namespace pyro::tracer {
namespace {

// Replaced only before a session begins, when no pad is named. Never freed: exit handlers may come late.
GRegex *included = nullptr;
GRegex *excluded = nullptr;

GRegex *compiled(const Settings &settings, Option option, std::vector<std::string> &problems) {
  const Setting &setting = settings.option[option];
  if (setting.value.empty()) return nullptr;
  GError *error = nullptr;
  // Names are bytes: GStreamer promises no encoding.
  const auto how = static_cast<GRegexCompileFlags>(G_REGEX_OPTIMIZE | G_REGEX_RAW);
  GRegex *regex = g_regex_new(setting.value.c_str(), how, static_cast<GRegexMatchFlags>(0), &error);
  if (regex) return regex;
  problems.push_back(setting.named + " is no regular expression (" + error->message + "): it selects nothing");
  g_error_free(error);
  return nullptr;
}

bool matches(const GRegex *regex, const std::string &name) {
  return g_regex_match(regex, name.c_str(), static_cast<GRegexMatchFlags>(0), nullptr) != FALSE;
}

}  // namespace

std::vector<std::string> set_filters(const Settings &settings) {
  std::vector<std::string> problems;
  included = compiled(settings, kIncludeFilter, problems);
  excluded = compiled(settings, kExcludeFilter, problems);
  return problems;
}

bool is_wanted(const PadPlace &place) {
  if (!included && !excluded) return true;
  const std::string name = (place.path.empty() ? "" : place.path.back().name) + ":" + place.name;
  if (excluded && matches(excluded, name)) return false;
  return !included || matches(included, name);
}

}  // namespace pyro::tracer
