// Which libraries are modules linked with, asked from JavaScript?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

// needed(paths: string[], root: string): Promise<string[][]>, off the event loop.
Napi::Value needed(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
