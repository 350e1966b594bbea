// How do the tables of the wire become JavaScript?
// SPDX-License-Identifier: MPL-2.0
#include "addon/constants.h"

#include <string>

#include "addon/system-calls.h"
#include "wire/segment.h"

namespace pyro::addon {
namespace {

Napi::Array grid_bounds(Napi::Env env) {
  Napi::Array array = Napi::Array::New(env, wire::kGridBounds);
  for (int i = 0; i < wire::kGridBounds; i++) array.Set(static_cast<uint32_t>(i), wire::Grid::bound_ns(i));
  return array;
}

// By number, as this machine's kernel has them: those that threads wait in, and what is none.
Napi::Object waits(Napi::Env env) {
  Napi::Object names = Napi::Object::New(env);
#define X(id, value, name) names.Set(std::to_string(value), name);
  PYRO_WAITS(X)
#undef X
#define X(name) names.Set(std::to_string(SYS_##name), #name);
  PYRO_SYSTEM_CALLS(X)
#undef X
  return names;
}

}  // namespace

Napi::Object constants(Napi::Env env) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("wireVersion", wire::WIRE_VERSION);
  object.Set("oldestWireVersion", wire::kOldestVersion);
  object.Set("gridBoundsNs", grid_bounds(env));
  object.Set("waits", waits(env));
  return object;
}

}  // namespace pyro::addon
