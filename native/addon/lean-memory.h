// What can this process do to stay small?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

// For the life of the process: threads share one heap, and what is large goes back to the system when it is freed.
void limit_heaps(const Napi::CallbackInfo &info);

// Gives back what is free, and takes the program's files out of this process's memory: what is needed of them comes
// back from the page cache when it is used. Returns how many bytes of files that were.
Napi::Value release_memory(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
