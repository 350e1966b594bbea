// Which limits did we meet, and is that said?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "wire/segment.h"

namespace pyro::tracer {

class Limits {
 public:
  // Once a process for each of them, when its counter is not 0 any more.
  void say(const wire::Segment &segment);

 private:
  uint32_t said_ = 0;  // a bit each
};

}  // namespace pyro::tracer
