// What was the tracer told, by whom, and what of it could not be used?
//
// The raw text of GST_TRACERS is parsed here on every GStreamer version, tolerantly: GStreamer's own structure parser
// drops the whole tracer, or all of its settings, for one unquoted tag or unknown key. TABLE: options.inc, generated
// from src/config/options.ts.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tracer/options.inc"

namespace pyro::tracer {

enum class Type { kString, kInt, kBool, kEnum };

struct OptionInfo {
  const char *name;         // as in GST_TRACERS and as GObject property
  const char *environment;  // its twin
  Type type;
  const char *fallback;  // default value as text
  int64_t low, high;     // kInt, inclusive
  const char *choices;   // kEnum: "a|b"
  const char *blurb;
};

enum Option : uint32_t {
#define X(id, ...) id,
  PYRO_OPTIONS(X)
#undef X
      kOptionCount
};

const OptionInfo &option_info(Option option);

enum class Source { kDefault, kPreset, kEnvironment, kParameter };  // the last one wins
const char *source_name(Source source);

struct Setting {
  std::string value;  // valid for its type
  Source source = Source::kDefault;
  std::string named;  // the parameter or the variable it came from
};

struct Settings {
  Setting option[kOptionCount];
  std::vector<std::string> ignored;  // sentences about what was ignored and what is used instead; no secrets
  std::vector<std::string> notes;    // of less weight
  bool traces = false;               // the name of this tracer promises spans (presets.h)
  bool quiet = false;                // sends nothing unless an option asks (presets.h)

  const std::string &text(Option which) const { return option[which].value; }
  int64_t number(Option which) const;
  bool flag(Option which) const { return option[which].value == "true"; }
};

// Parameter > environment > other variables > default. `params` is the inside of the parentheses, nullptr without any.
Settings read_settings(const char *params, const char *(*environment)(const char *name));

// As if the parameter had been given. "": done; else a sentence, and nothing was changed.
std::string set_option(Settings &settings, Option option, const std::string &value);

// `text` with user:password@ of URLs replaced.
std::string without_secrets(const std::string &text);

}  // namespace pyro::tracer
