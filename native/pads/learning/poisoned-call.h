// How is a function called so that no register betrays what its caller knows?
//
// Registers that calls preserve keep the caller's values in every function that does not use them. Were a trial to call
// GStreamer plainly, its own pointer to the pad would seem to be GStreamer's. So they are filled with junk before.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

extern "C" {
// Calls function(arguments[0], …, arguments[3]) with all preserved registers holding odd numbers above `junk`, which is
// even; returns what it returns.
uint64_t pyro_scrambled_call(const void *function, const uint64_t arguments[4], uint64_t junk)
    __attribute__((visibility("hidden")));
// Where the function returns to: the end of what a trial's stack can tell.
extern const char pyro_scrambled_return[] __attribute__((visibility("hidden")));
}
