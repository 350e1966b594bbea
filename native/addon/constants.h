// Which names and numbers of the wire does the agent need? Taken from the tables, never typed twice.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

Napi::Object constants(Napi::Env env);

}  // namespace pyro::addon
