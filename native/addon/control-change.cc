// How is each property of a change read?
// SPDX-License-Identifier: MPL-2.0
#include "addon/control-change.h"

#include <cmath>
#include <string>

#include "addon/napi-helpers.h"

namespace pyro::addon {
namespace {

constexpr double kMostSlowMs = 1e9, kNsOfMs = 1e6;

bool is_between(const Napi::Value &value, double low, double high) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  return number >= low && number <= high;
}

double number_of(const Napi::Value &value) { return value.As<Napi::Number>().DoubleValue(); }
std::string text_of(const Napi::Value &value) {
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

bool read_enabled(const Napi::Value &value, ControlChange &change) {
  if (!value.IsBoolean()) return false;
  change.enabled = value.As<Napi::Boolean>().Value();
  return true;
}

bool read_rate(const Napi::Value &value, std::optional<uint32_t> &rate) {
  if (!is_between(value, 0, UINT32_MAX) || std::floor(number_of(value)) != number_of(value)) return false;
  rate = static_cast<uint32_t>(number_of(value));
  return true;
}

bool read_timing(const Napi::Value &value, ControlChange &change) {
  const wire::TimingEngine engine = wire::engine_named(text_of(value));
  if (wire::kTimingNames[engine] != text_of(value)) return false;
  change.timing = engine;
  return true;
}

bool read_ratio(const Napi::Value &value, ControlChange &change) {
  if (!is_between(value, 0, 1)) return false;
  change.span_threshold = wire::span_threshold(number_of(value));
  return true;
}

bool read_slow(const Napi::Value &value, ControlChange &change) {
  const std::string text = text_of(value);
  if (text != "p99" && text != "off" && !is_between(value, 0, kMostSlowMs)) return false;
  change.span_p99 = text == "p99";
  change.span_slow_ns = value.IsNumber() ? static_cast<uint64_t>(number_of(value) * kNsOfMs) : 0;
  return true;
}

template <typename Word, typename Value>
bool store(Word &word, const std::optional<Value> &value) {
  if (value) word.store(*value, std::memory_order_relaxed);
  return value.has_value();
}

}  // namespace

bool ControlChange::write(wire::Control &control) const {
  bool any = store(control.enabled, enabled);
  any |= store(control.sample_rate, sample_rate);
  any |= store(control.wall_rate, wall_rate);
  any |= store(control.timing, timing);
  any |= store(control.span_threshold, span_threshold);
  any |= store(control.span_slow_ns, span_slow_ns);
  return store(control.span_p99, span_p99) || any;
}

std::optional<ControlChange> control_change(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  ControlChange change;
  if (!info[0].IsObject()) {
    wrong_type(env, "control needs an object");
    return std::nullopt;
  }
  const Napi::Object object = info[0].As<Napi::Object>();
  const auto read = [&](const char *name, const char *needs, auto reader) {
    const Napi::Value value = object.Get(name);
    if (value.IsEmpty()) return false;  // reading it threw: nothing is changed
    if (value.IsUndefined() || reader(value)) return true;
    wrong_type(env, (std::string(name) + " must be " + needs).c_str());
    return false;
  };
  const bool fine =
      read("enabled", "a boolean", [&](const Napi::Value &value) { return read_enabled(value, change); }) &&
      read("sampleRate", "a whole number", [&](const Napi::Value &v) { return read_rate(v, change.sample_rate); }) &&
      read("wallRate", "a whole number",
           [&](const Napi::Value &value) { return read_rate(value, change.wall_rate); }) &&
      read("timing", "off, wrap or hooks", [&](const Napi::Value &value) { return read_timing(value, change); }) &&
      read("spanRatio", "a number from 0 to 1", [&](const Napi::Value &value) { return read_ratio(value, change); }) &&
      read("spanSlow", "p99, off or milliseconds", [&](const Napi::Value &value) { return read_slow(value, change); });
  if (!fine) return std::nullopt;
  return change;
}

}  // namespace pyro::addon
