// How does a word become a text and back, and what follows from it?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/live-settings.h"

#include <glib.h>

#include <algorithm>
#include <cstdlib>

#include "pads/hooks.h"
#include "pads/wrap/wrap.h"
#include "sampling/cpu-sampler.h"
#include "timing/spans.h"
#include "tracer/log.h"
#include "tracer/topology.h"

namespace pyro::tracer {
namespace {

constexpr double kMillisecond = 1000000;
constexpr auto kRelaxed = std::memory_order_relaxed;

// With a point, whatever the host's locale.
std::string text_of(double number) {
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_ascii_formatd(text, sizeof text, "%.6g", number);
}

std::string slow_text(const wire::Control &control) {
  if (control.span_p99.load(kRelaxed) != 0) return "p99";
  const uint64_t ns = control.span_slow_ns.load(kRelaxed);
  return ns == 0 ? "off" : text_of(static_cast<double>(ns) / kMillisecond);
}

uint32_t timing_of(const wire::Control &control) {
  return std::min<uint32_t>(control.timing.load(kRelaxed), wire::kTimingHooks);
}

uint32_t number(const std::string &text) { return static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 10)); }

void store_slow(wire::Control &control, const Slow &slow) {
  control.span_slow_ns.store(slow.ns, kRelaxed);
  control.span_p99.store(slow.p99, kRelaxed);
}

std::string change_spans(wire::Control &control, Option option, const std::string &value) {
  const auto refused = [&](const char *why) { return std::string(option_info(option).name) + "=" + value + " " + why; };
  if (option == kSpanSlow) {
    const std::optional<Slow> slow = slow_of(value);
    if (!slow) return refused(kNoSlow);
    store_slow(control, *slow);
    return "";
  }
  const std::optional<double> ratio = ratio_of(value);
  if (!ratio) return refused(kNoRatio);
  if (*ratio > 0 && (control.cannot.load(kRelaxed) & wire::kCannotTrace))
    return refused("is not possible here: there is no room for spans, which span-ratio or standby makes at the start");
  control.span_threshold.store(wire::span_threshold(*ratio), kRelaxed);
  return "";
}

std::string change_timing(wire::Control &control, const std::string &value) {
  const wire::TimingEngine engine = wire::engine_named(value);
  if (engine == wire::kTimingHooks && (control.cannot.load(kRelaxed) & wire::kCannotHook))
    return "timing=hooks is not possible here: GStreamer takes hooks safely before anything runs only, so start with "
           "it";
  control.timing.store(engine, kRelaxed);
  return "";
}

// "" or why not.
std::string store(wire::Control &control, Option option, const std::string &value) {
  switch (option) {
    case kSampleRate:
      control.sample_rate.store(number(value), kRelaxed);
      return "";
    case kWallRate:
      control.wall_rate.store(number(value), kRelaxed);
      return "";
    case kStandby:
      control.enabled.store(value != "true", kRelaxed);
      return "";
    case kTiming:
      return change_timing(control, value);
    case kSpanRatio:
    case kSpanSlow:
      return change_spans(control, option, value);
    default:
      return std::string(option_info(option).name) + " cannot change while the process runs";
  }
}

// What can be known when a session begins.
uint32_t inabilities(wire::Segment &segment) {
  return (segment.spans() ? 0u : uint32_t{wire::kCannotTrace}) | (pads::has_hooks() ? 0u : uint32_t{wire::kCannotHook});
}

}  // namespace

void publish_control(wire::Segment &segment, const Settings &settings, const SpanPolicy &spans) {
  wire::Control &control = segment.control;
  control.sample_rate.store(number(settings.text(kSampleRate)), kRelaxed);
  control.wall_rate.store(number(settings.text(kWallRate)), kRelaxed);
  const wire::TimingEngine engine = wire::engine_named(settings.text(kTiming));
  control.timing.store(engine, kRelaxed);
  control.span_cap.store(spans.cap, kRelaxed);
  store_slow(control, spans.slow);
  control.span_threshold.store(spans.threshold, kRelaxed);
  control.cannot.store(inabilities(segment), kRelaxed);
  const bool enabled = !settings.flag(kStandby);
  control.enabled.store(enabled, kRelaxed);
  control.changes.store(1, std::memory_order_release);  // partner: a reader of the segment waits for it
  // At once, not only in the first round: buffers wait to be counted.
  pads::set_recording(enabled && engine != wire::kTimingOff);
  pads::hear_hooks(enabled && engine == wire::kTimingHooks);
  timing::want_spans(spans.wanted());
}

std::optional<std::string> setting_now(const wire::Control &control, Option option) {
  switch (option) {
    case kSampleRate:
      return std::to_string(control.sample_rate.load(kRelaxed));
    case kWallRate:
      return std::to_string(control.wall_rate.load(kRelaxed));
    case kTiming:
      return wire::kTimingNames[timing_of(control)];
    case kSpanRatio:
      return text_of(wire::span_ratio(control.span_threshold.load(kRelaxed)));
    case kSpanSlow:
      return slow_text(control);
    case kStandby:
      return control.enabled.load(kRelaxed) != 0 ? "false" : "true";
    default:
      return std::nullopt;
  }
}

std::string change_setting(wire::Segment &segment, Option option, const std::string &value) {
  std::string why = store(segment.control, option, value);
  if (why.empty()) segment.control.changes.fetch_add(1, std::memory_order_release);
  return why;
}

uint32_t Follower::wanted_rate() const {
  const wire::Control &control = segment_.control;
  return control.enabled.load(kRelaxed) != 0 ? control.sample_rate.load(kRelaxed) : 0;
}

void Follower::start_sampling() {
  cannot_ = inabilities(segment_);
  const uint32_t rate = wanted_rate();
  const Choice choice = choose_engine(settings_, segment_.control.sample_rate.load(kRelaxed));
  if (const char *why = sampling::start(rate, choice.engine)) {
    lose(wire::kCannotSample);
    return warn(std::string("no CPU samples: ") + why);
  }
  rate_hz_ = rate;
  if (rate != 0) say(choice);
}

// A fact is for ever, and rates are many: said again only of another engine.
void Follower::say(const Choice &choice) {
  if (engine_ != &choice.engine) topology_fact("engine", choice.why);
  engine_ = &choice.engine;
  choice.surprising ? warn("samples by " + choice.why) : info("samples by " + choice.why);
}

void Follower::sample_at(uint32_t rate_hz) {
  if (!can(wire::kCannotSample) || rate_hz == rate_hz_) return;
  rate_hz_ = rate_hz;
  if (rate_hz == 0) {
    sampling::set_rate(0);
    return;
  }
  const Choice choice = choose_engine(settings_, rate_hz);
  if (sampling::set_rate(rate_hz, &choice.engine)) say(choice);
}

void Follower::follow() {
  const wire::Control &control = segment_.control;
  changes_ = control.changes.load(std::memory_order_acquire);  // partner: the thread that changed words
  const bool enabled = control.enabled.load(kRelaxed) != 0;
  const uint32_t engine = timing_of(control);
  const bool wrap = engine != wire::kTimingOff;
  pads::set_engine(wrap ? pads::Engine::kWrap : pads::Engine::kOff);
  timing::want_spans(can(wire::kCannotTrace) && control.span_threshold.load(kRelaxed) < wire::kSpanNever);
  pads::hear_hooks(enabled && engine == wire::kTimingHooks);
  pads::set_recording(enabled && wrap);
  sample_at(wanted_rate());
}

void Follower::confirm() {
  segment_.control.cannot.store(cannot_, kRelaxed);
  segment_.control.obeyed.store(changes_, std::memory_order_release);
}

}  // namespace pyro::tracer
