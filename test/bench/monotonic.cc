// What does timing cost where the CPU's counter cannot be trusted? Linked into a second plugin file of the bench only:
// the clock's source is chosen once, and here it is chosen before the session asks.
// SPDX-License-Identifier: MPL-2.0
#include "clock/clock.h"

__attribute__((constructor)) static void choose() { pyro::clock::start(true); }
