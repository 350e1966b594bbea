// How are names looked up off the event loop?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

// symbolize(query): a promise of the answer; see SymbolQuery and SymbolAnswer in src/native.ts.
Napi::Value symbolize(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
