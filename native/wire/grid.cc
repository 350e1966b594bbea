// The one table of histogram bounds of this process.
// SPDX-License-Identifier: MPL-2.0
#include "wire/grid.h"

namespace pyro::wire {

const Grid grid;

}  // namespace pyro::wire
