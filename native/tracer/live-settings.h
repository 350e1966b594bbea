// Which settings may change while the process runs, and who carries a change out?
//
// Each of them is a word of the segment (wire::Control). The agent writes it for `gst-pyroscope set`, the application
// by a property of the tracer; the background thread looks at all of them in each of its rounds, ten a second.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <optional>
#include <string>

#include "tracer/engine.h"
#include "tracer/params.h"
#include "tracer/span-policy.h"
#include "wire/segment.h"

namespace pyro::tracer {

// The words as a session begins with them.
void publish_control(wire::Segment &segment, const Settings &settings, const SpanPolicy &spans);

// What the words say of an option by now, as its parameter would be written; nothing for one that cannot change. That
// of kStandby says whether nothing is recorded.
std::optional<std::string> setting_now(const wire::Control &control, Option option);
// Any thread. `value` is valid for the option's type. "": it is done; else a sentence, and nothing was changed.
std::string change_setting(wire::Segment &segment, Option option, const std::string &value);

// Background thread.
class Follower {
 public:
  Follower(wire::Segment &segment, const Settings &settings) : segment_(segment), settings_(settings) {}
  void start_sampling();
  // Does what the words say.
  void follow();
  // That, and what others do by the words themselves, is done.
  void confirm();
  bool can(wire::Inability what) const { return (cannot_ & what) == 0; }
  void lose(wire::Inability what) { cannot_ |= what; }

 private:
  uint32_t wanted_rate() const;
  void sample_at(uint32_t rate_hz);
  void say(const Choice &choice);

  wire::Segment &segment_;
  const Settings &settings_;
  uint32_t cannot_ = 0, changes_ = 0;
  uint32_t rate_hz_ = 0;          // samples are taken at
  const void *engine_ = nullptr;  // the one that was said last
};

}  // namespace pyro::tracer
