// What if the host has no memory left while we run? The plugin's own operator new never throws, and we take our leave.
//
// Nothing of ours catches exceptions: one in a thread of ours, or on the way of a buffer, would end the process.
// SPDX-License-Identifier: MPL-2.0
#pragma once

namespace pyro::tracer {

// True: an allocation had to come from the reserve, or a megabyte more could not be had. Then stop; a little can still
// be allocated meanwhile.
bool memory_is_out();

}  // namespace pyro::tracer
