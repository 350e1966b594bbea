// How is one line of GST_TRACERS understood, whatever is wrong with it?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/params.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "tracer/params-split.h"

namespace pyro::tracer {
namespace {

constexpr OptionInfo kOptions[] = {
#define X(id, name, environment, type, fallback, low, high, choices, blurb) \
  {name, environment, Type::type, fallback, low, high, choices, blurb},
    PYRO_OPTIONS(X)
#undef X
};

struct Alias {
  Option option;
  const char *variable;
};
constexpr Alias kAliases[] = {
#define X(id, variable) {id, variable},
    PYRO_ALIASES(X)
#undef X
};

using Pair = std::pair<std::string, std::string>;

std::optional<Option> find_option(const std::string &name) {
  for (uint32_t i = 0; i < kOptionCount; i++)
    if (name == kOptions[i].name) return static_cast<Option>(i);
  return std::nullopt;
}

// key=value pairs. Tags may come unquoted (tags=a=1,b=2): what follows them and is no option is one more tag.
std::vector<Pair> pairs_of(const std::string &params) {
  std::vector<Pair> pairs;
  bool in_tags = false;
  for (const std::string &part : split(params)) {
    if (trimmed(part).empty()) continue;
    const size_t equals = part.find('=');
    const std::string key = trimmed(part.substr(0, equals));
    if (in_tags && equals != std::string::npos && !find_option(key)) {
      pairs.back().second += "," + trimmed(part);
      continue;
    }
    in_tags = key == "tags";
    pairs.emplace_back(key, equals == std::string::npos ? "" : plain_value(part.substr(equals + 1)));
  }
  return pairs;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool one_of(const std::string &value, const std::string &choices) {
  if (value.find('|') != std::string::npos) return false;
  return !value.empty() && ("|" + choices + "|").find("|" + value + "|") != std::string::npos;
}

// The value as stored, or a reason why not.
std::optional<std::string> valid(const OptionInfo &info, const std::string &value, std::string *why) {
  if (info.type == Type::kString) return value;
  const std::string word = lower(trimmed(value));
  if (info.type == Type::kBool) {
    if (one_of(word, "true|yes|1|on|t")) return "true";
    if (one_of(word, "false|no|0|off|f")) return "false";
    *why = "is neither true nor false";
    return std::nullopt;
  }
  if (info.type == Type::kEnum) {
    if (one_of(word, info.choices)) return word;
    *why = std::string("is not one of ") + info.choices;
    return std::nullopt;
  }
  char *end = nullptr;
  errno = 0;
  const long long number = std::strtoll(word.c_str(), &end, 10);
  if (word.empty() || *end != 0 || errno != 0) {
    *why = "is not a whole number";
    return std::nullopt;
  }
  if (number < info.low || number > info.high) {
    *why = "is outside " + std::to_string(info.low) + " to " + std::to_string(info.high);
    return std::nullopt;
  }
  return std::to_string(number);
}

void set(Settings &settings, Option option, const std::string &value, Source source, const char *named) {
  const OptionInfo &info = kOptions[option];
  std::string why;
  if (const std::optional<std::string> good = valid(info, value, &why)) {
    settings.option[option] = {*good, source, named};
    return;
  }
  settings.ignored.push_back(std::string(named) + "=" + without_secrets(value) + " " + why + ": using " + info.name +
                             "=" + without_secrets(settings.option[option].value));
}

// The nearest option by edits, if it is near enough to be meant.
std::string suggestion(const std::string &name) {
  size_t best = 4;
  std::string nearest;
  for (const OptionInfo &info : kOptions) {
    const std::string other = info.name;
    std::vector<size_t> row(other.size() + 1);
    for (size_t j = 0; j <= other.size(); j++) row[j] = j;
    for (size_t i = 1; i <= name.size(); i++) {
      size_t diagonal = std::exchange(row[0], i);
      for (size_t j = 1; j <= other.size(); j++) {
        const size_t change = diagonal + (name[i - 1] != other[j - 1]);
        diagonal = std::exchange(row[j], std::min({change, row[j] + 1, row[j - 1] + 1}));
      }
    }
    if (row.back() < best && row.back() <= std::max<size_t>(1, other.size() / 3)) {
      best = row.back();
      nearest = other;
    }
  }
  return nearest.empty() ? "" : " (did you mean " + nearest + "?)";
}

// What cannot be a name may be the rest of a password that was cut at its comma: it is not repeated.
std::string unknown(const std::string &name) {
  const bool printable = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_';
  });
  return printable ? "unknown parameter " + name + suggestion(name) + " ignored"
                   : "something that is no key=value ignored";
}

// Where the user information of the URL whose "//" ends before `from` ends; npos without any. A password may hold a
// slash: then what looks like the port is none.
size_t user_end(const std::string &text, size_t from) {
  const size_t blank = text.find(' ', from);
  const size_t path = std::min(text.find_first_of("/?#", from), blank);
  const size_t sign = text.rfind('@', path == std::string::npos ? path : path - 1);
  if (sign != std::string::npos && sign >= from) return sign;
  const size_t colon = text.find(':', from);
  if (path == std::string::npos || colon >= path) return std::string::npos;
  const std::string port = text.substr(colon + 1, path - colon - 1);
  if (std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c); })) return std::string::npos;
  const size_t later = text.rfind('@', blank == std::string::npos ? blank : blank - 1);
  return later != std::string::npos && later > path ? later : std::string::npos;
}

}  // namespace

const OptionInfo &option_info(Option option) { return kOptions[option]; }

const char *source_name(Source source) {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kPreset:
      return "preset";
    case Source::kEnvironment:
      return "environment";
    case Source::kParameter:
      return "parameter";
  }
  return "";
}

int64_t Settings::number(Option which) const { return std::strtoll(option[which].value.c_str(), nullptr, 10); }

Settings read_settings(const char *params, const char *(*environment)(const char *name)) {
  Settings settings;
  for (uint32_t i = 0; i < kOptionCount; i++) settings.option[i].value = kOptions[i].fallback;
  const auto ask = [&](Option option, const char *variable) {
    const char *value = environment(variable);
    if (value && *value) set(settings, option, value, Source::kEnvironment, variable);
  };
  for (size_t i = std::size(kAliases); i > 0; i--) ask(kAliases[i - 1].option, kAliases[i - 1].variable);
  for (uint32_t i = 0; i < kOptionCount; i++) ask(static_cast<Option>(i), kOptions[i].environment);
  for (const Pair &pair : pairs_of(params ? params : "")) {
    if (const std::optional<Option> option = find_option(pair.first))
      set(settings, *option, pair.second, Source::kParameter, kOptions[*option].name);
    else
      settings.ignored.push_back(unknown(pair.first));
  }
  if (settings.number(kSampleRate) == 0)
    settings.ignored.push_back("sample-rate=0 takes no samples: buffers are timed only");
  return settings;
}

std::string set_option(Settings &settings, Option option, const std::string &value) {
  const size_t before = settings.ignored.size();
  set(settings, option, value, Source::kParameter, kOptions[option].name);
  if (settings.ignored.size() == before) return "";
  std::string sentence = std::move(settings.ignored.back());
  settings.ignored.pop_back();
  return sentence;
}

std::string without_secrets(const std::string &text) {
  std::string clean = text;
  for (size_t at = clean.find("://"); at != std::string::npos; at = clean.find("://", at + 3)) {
    const size_t sign = user_end(clean, at + 3);
    if (sign != std::string::npos) clean.replace(at + 3, sign - at - 3, "***");
  }
  return clean;
}

}  // namespace pyro::tracer
