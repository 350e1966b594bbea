// How do the several ways to say a ratio become one threshold?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/span-policy.h"

#include <glib.h>
#include <strings.h>

#include <cmath>

#include "tracer/trace-parent.h"

namespace pyro::tracer {
namespace {

constexpr const char *kSampler = "OTEL_TRACES_SAMPLER", *kArgument = "OTEL_TRACES_SAMPLER_ARG";
constexpr const char *kRatio = "OTEL_TRACES_SAMPLING_RATIO", *kRate = "OTEL_SAMPLING_RATE";
constexpr const char *kOwn = "GST_PYROSCOPE_SPAN_RATIO";
constexpr uint32_t kDevelopmentCap = 10000;  // spans a second
constexpr double kProductionRatio = 0.1;
constexpr double kMillisecond = 1000000, kMostSlowMs = 1e9;

using Environment = const char *(*)(const char *name);

std::string variable(Environment environment, const char *name) {
  const char *value = environment(name);
  return value ? value : "";
}

bool number(const std::string &text, double *value) {
  char *end = nullptr;
  *value = g_ascii_strtod(text.c_str(), &end);  // strtod would want the comma of the host's locale
  return !text.empty() && *end == 0 && std::isfinite(*value);
}

// True: it is a ratio.
bool ratio(const std::string &name, const std::string &text, double *value, SpanPolicy &policy) {
  if (text.empty()) return false;
  if (const std::optional<double> good = ratio_of(text)) {
    *value = *good;
    return true;
  }
  const std::string hint = number(text, value) && *value > 1 && *value <= 100 ? " (a share, not a percentage)" : "";
  policy.sentences.push_back(name + ": '" + text + "' " + kNoRatio + hint + ": ignored");
  return false;
}

struct Sampler {
  double ratio;
  bool parent_based;
};

// OTEL_TRACES_SAMPLER; false: not set, or none of ours.
bool named_sampler(Environment environment, Sampler *sampler, SpanPolicy &policy) {
  std::string name = variable(environment, kSampler);
  if (name.empty()) return false;
  const std::string as_given = name;
  for (char &c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const std::string prefix = "parentbased_";
  sampler->parent_based = name.compare(0, prefix.size(), prefix) == 0;
  if (sampler->parent_based) name = name.substr(prefix.size());
  sampler->ratio = 1;
  if (name == "always_on") return true;
  if (name == "traceidratio") {
    ratio(kArgument, variable(environment, kArgument), &sampler->ratio, policy) || (sampler->ratio = 1);
    return true;
  }
  sampler->ratio = 0;
  if (name == "always_off") return true;
  policy.sentences.push_back(std::string(kSampler) + ": '" + as_given +
                             "' is none of always_on, always_off, traceidratio, or those with parentbased_: ignored");
  return false;
}

// deployment.environment.name, its older name, or the variable of an older service; "" = not said.
std::string deployment(Environment environment) {
  const std::string attributes = "," + variable(environment, "OTEL_RESOURCE_ATTRIBUTES");
  for (const char *key : {",deployment.environment.name=", ",deployment.environment="}) {
    const size_t at = attributes.find(key);
    if (at == std::string::npos) continue;
    const size_t from = at + std::string(key).size();
    return attributes.substr(from, attributes.find(',', from) - from);
  }
  return variable(environment, "RUST_ENV");
}

// No option and no variable has a ratio.
double usual_ratio(const Settings &settings, Environment environment, SpanPolicy &policy) {
  if (!settings.traces) return 0;
  const std::string name = deployment(environment);
  if (strcasecmp(name.c_str(), "production") == 0) return kProductionRatio;
  policy.cap = kDevelopmentCap;
  return 1;
}

Sampler choose(const Settings &settings, Environment environment, SpanPolicy &policy) {
  Sampler sampler{0, true};
  const Setting &own = settings.option[kSpanRatio];
  const bool ours = own.source == Source::kParameter || own.named == kOwn;
  if (ours && ratio("span-ratio", own.value, &sampler.ratio, policy)) return sampler;
  if (named_sampler(environment, &sampler, policy)) return sampler;
  sampler.parent_based = true;
  if (ratio(kRatio, variable(environment, kRatio), &sampler.ratio, policy)) return sampler;
  // Below 0 is never and above 1 is always, as the service meant it that this variable comes from.
  double rate = 0;
  const std::string text = variable(environment, kRate);
  if (number(text, &rate)) return {std::fmin(1, std::fmax(0, rate)), true};
  if (!text.empty()) policy.sentences.push_back(std::string(kRate) + ": '" + text + "' is not a number: ignored");
  return {usual_ratio(settings, environment, policy), true};
}

void set_slow(const Settings &settings, SpanPolicy &policy) {
  const std::string &text = settings.text(kSpanSlow);
  if (const std::optional<Slow> slow = slow_of(text))
    policy.slow = *slow;
  else
    policy.sentences.push_back("span-slow: '" + text + "' " + kNoSlow + ": ignored");
}

bool is_true(const std::string &text) { return strcasecmp(text.c_str(), "true") == 0; }

}  // namespace

std::optional<double> ratio_of(const std::string &text) {
  double value = 0;
  if (!number(text, &value) || value < 0 || value > 1) return std::nullopt;
  return value;
}

std::optional<Slow> slow_of(const std::string &text) {
  double ms = 0;
  if (text == "off" || text.empty()) return Slow{};
  if (text == "p99") return Slow{0, true};
  if (!number(text, &ms) || ms <= 0 || ms > kMostSlowMs) return std::nullopt;
  return Slow{static_cast<uint64_t>(ms * kMillisecond), false};
}

SpanPolicy span_policy(const Settings &settings, Environment environment) {
  SpanPolicy policy;
  const Sampler sampler = choose(settings, environment, policy);
  set_slow(settings, policy);
  const std::string exporter = variable(environment, "OTEL_TRACES_EXPORTER");
  const bool unwanted = is_true(variable(environment, "OTEL_SDK_DISABLED")) || exporter == "none";
  const bool parent_says_no =
      sampler.parent_based && trace_parent(variable(environment, "TRACEPARENT")) == TraceParent::kUnsampled;
  const double ratio = parent_says_no || (unwanted && settings.text(kCapture).empty()) ? 0 : sampler.ratio;
  policy.threshold = wire::span_threshold(ratio);
  return policy;
}

}  // namespace pyro::tracer
