// What did the agent want to be said, and how does it become a line of GStreamer's log that can do no harm?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>

#include "wire/segment.h"

namespace pyro::tracer {

// One line of valid UTF-8 in which everything can be seen: no controls, nothing that turns the direction of writing.
std::string printable(const std::string &text);

class AgentWords {
 public:
  // Says what is new. At most as many lines as there are slots.
  void say(wire::Segment &segment);

 private:
  uint32_t next_ = 0;
  uint32_t told_dropped_ = 0;
};

}  // namespace pyro::tracer
