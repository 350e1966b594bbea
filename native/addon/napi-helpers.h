// How do C++ values become JavaScript values? Glue for Node-API, nothing else.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

#include <cstring>
#include <string>
#include <vector>

namespace pyro::addon {

// 64-bit counts become doubles: exact up to 2^53, which no counter of ours reaches in a lifetime.
inline Napi::Number number(Napi::Env env, uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

// Bytes of the target; V8 replaces what is not UTF-8.
inline Napi::String text(Napi::Env env, const std::string &bytes) { return Napi::String::New(env, bytes); }

inline Napi::Array strings(Napi::Env env, const std::vector<std::string> &from) {
  Napi::Array to = Napi::Array::New(env, from.size());
  for (uint32_t i = 0; i < from.size(); i++) {
    Napi::HandleScope each(env);
    to.Set(i, text(env, from[i]));
  }
  return to;
}

template <typename Array, typename T>
Array column(Napi::Env env, const std::vector<T> &values) {
  Array array = Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(T));
  return array;
}

// An exception with a `code`, as the rest of the agent expects it. Returns undefined, for `return fail(…)`. A property
// that was read may have thrown already: that exception is the one that arrives, and a second would end the process.
inline Napi::Value fail(Napi::Env env, const char *code, const std::string &message) {
  if (env.IsExceptionPending()) return env.Undefined();
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
  return env.Undefined();
}

inline Napi::Value wrong_type(Napi::Env env, const std::string &message) {
  if (env.IsExceptionPending()) return env.Undefined();
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace pyro::addon
