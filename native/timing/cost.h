// What does timing itself cost a call on this machine?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

namespace pyro::timing {

// Picoseconds of one enter and leave with a cell, measured on a frame stack and a cell of its own: the cheapest of
// several batches, since everything else adds. Takes about a millisecond; 0 when memory is out.
uint64_t measure_cost_ps();

}  // namespace pyro::timing
