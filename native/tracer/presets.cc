// What is different under another name, and when several names are used at once?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/presets.h"

#include <cstring>

#include "exposition/exposition.h"

namespace pyro::tracer {
namespace {

constexpr const char *kSeedPort = "GST_PROMETHEUS_TRACER_PORT";
constexpr const char *kEverywhere = "0.0.0.0";
constexpr const char *kFlagNames[] = {"pipeline", "element", "reported"};

void preset(Setting &setting, const char *value) {
  if (setting.source == Source::kDefault) setting = {value, Source::kPreset, ""};
}

std::vector<std::string> words(const std::string &flags) {
  std::vector<std::string> all(1);
  for (const char c : flags) {
    if (c == '+' || c == ',' || c == '|' || c == ' ')
      all.emplace_back();
    else
      all.back() += c;
  }
  return all;
}

void check_flags(Settings &settings) {
  for (const std::string &word : words(settings.text(kFlags))) {
    bool known = word.empty();
    for (const char *name : kFlagNames) known = known || word == name;
    if (!known) settings.ignored.push_back("flags: " + word + " is none of pipeline, element, reported: ignored");
  }
}

void be_quiet(Settings &settings) {
  const bool profiles = settings.option[kServerUrl].source != Source::kDefault || !settings.text(kCapture).empty();
  preset(settings.option[kServerUrl], "none");
  if (!settings.traces) preset(settings.option[kOtlpEndpoint], "none");
  if (!profiles) preset(settings.option[kSampleRate], "0");
}

bool has_flag(const Settings &settings, const char *name) {
  for (const std::string &word : words(settings.text(kFlags)))
    if (word == name) return true;
  return settings.text(kFlags).empty();
}

}  // namespace

Settings with_preset(Settings settings, const Preset *under) {
  check_flags(settings);
  if (!settings.text(kFilters).empty())
    settings.notes.push_back("filters selects nothing, as before: include-filter and exclude-filter do");
  if (!under) return settings;
  settings.quiet = true;
  settings.traces = under->traces;
  preset(settings.option[kCompat], under->compat);
  // As the tracer did whose variable this is. Everybody else gets the loopback address.
  if (settings.number(kPort) > 0 && settings.option[kPort].named == kSeedPort)
    preset(settings.option[kAddress], kEverywhere);
  return settings;
}

void join(Settings &settings, const Settings &more) {
  const std::string compat = settings.text(kCompat), other = more.text(kCompat);
  for (uint32_t i = 0; i < kOptionCount; i++) {
    // The engine was chosen when the first tracer was made; without wrapped functions nothing can be timed.
    if (i == kTiming && settings.text(kTiming) == "off") continue;
    if (more.option[i].source > settings.option[i].source) settings.option[i] = more.option[i];
  }
  const bool both = settings.option[kCompat].source == Source::kPreset && compat != "none" && other != "none";
  if (both && compat != other) settings.option[kCompat].value = "all";
  settings.quiet = settings.quiet && more.quiet;
  settings.traces = settings.traces || more.traces;
}

Settings effective(Settings settings) {
  if (settings.quiet) be_quiet(settings);
  // Who wants times only wants no stacks of any kind.
  if (settings.number(kSampleRate) == 0) preset(settings.option[kWallRate], "0");
  return settings;
}

bool wants_agent(const Settings &settings, const char *config_file) {
  if (!settings.quiet || settings.traces || (config_file && *config_file)) return true;
  const bool collector = settings.option[kOtlpEndpoint].source != Source::kPreset ||
                         !settings.text(kMetricsEndpoint).empty() || !settings.text(kTracesEndpoint).empty();
  const bool sends = settings.option[kServerUrl].source != Source::kPreset || collector;
  return sends || settings.number(kPort) > 0 || !settings.text(kCapture).empty();
}

Latencies latencies(const Settings &settings) {
  const bool asked = settings.option[kFlags].source != Source::kDefault || settings.text(kCompat) != "none";
  return {has_flag(settings, "pipeline"), asked && has_flag(settings, "element"), has_flag(settings, "reported")};
}

std::string families(const Settings &settings) {
  const std::string &compat = settings.text(kCompat);
  if (compat == "none" || !has_flag(settings, "element")) return "";
  if (compat != "all") return compat;
  return std::string(exposition::kSeedFamilies) + "+" + exposition::kPromLatencyFamilies;
}

std::string public_port(const Settings &settings) {
  const Setting &address = settings.option[kAddress];
  if (settings.number(kPort) == 0 || address.source != Source::kPreset || address.value != kEverywhere) return "";
  return settings.option[kPort].named + "=" + settings.text(kPort) +
         " serves the metrics on every address of this machine, as this tracer's name promises; address=127.0.0.1 "
         "keeps them here";
}

}  // namespace pyro::tracer
