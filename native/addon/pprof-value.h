// How does JavaScript have rows encoded as pprof? Glue; native/profile does the work.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

// encodePprof(head, rows, names), as src/native.ts describes them; throws a TypeError where a column is missing or a
// number points at nothing.
Napi::Value encode_pprof(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
