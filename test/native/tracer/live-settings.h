// How does a test change a setting of its own process, as an agent would, and know that it was carried out?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <functional>
#include <map>

#include "own-segment.h"

namespace pyro::test {

// Writes words, and waits until the target has followed them; false: it does not.
bool change(const std::function<void(wire::Control &words)> &write);

uint64_t now_ns();
// Uses so much of this thread's CPU time.
void burn(unsigned milliseconds);
// Uses CPU time until that is so; false: it does not become so.
bool burn_until(const std::function<bool()> &condition);

// Takes all samples out of the ring: nanoseconds of blocked threads, each by its name's id and its number.
std::map<uint64_t, uint64_t> waited();

}  // namespace pyro::test
