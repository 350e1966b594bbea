// Which builds are modules, and what are they linked with, asked from JavaScript?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

// inspect(paths: string[], root: string): Promise<{ buildId, needed }[]>, off the event loop.
Napi::Value inspect(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
