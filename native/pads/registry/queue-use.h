// Which queue does a pad put buffers into, or get them from?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "timing/residence.h"
#include "wire/cells.h"

namespace pyro::pads {

struct QueueUse {
  timing::Residence *input = nullptr;   // this is a queue's sink pad
  timing::Residence *output = nullptr;  // a queue pushes into this pad
  wire::Cell *cell = nullptr;           // of `output`; this pad's stream lock guards it
};

}  // namespace pyro::pads
