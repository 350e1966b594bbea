// Which question about symbols does JavaScript ask, and what does it get?
// SPDX-License-Identifier: MPL-2.0
#include "addon/symbol-worker.h"

#include "addon/napi-helpers.h"
#include "addon/promise-worker.h"
#include "symbols/symbolizer.h"

namespace pyro::addon {
namespace {

// One for the process, for all environments; never destroyed, a worker may still use it while the process ends.
symbols::Symbolizer &symbolizer() {
  static auto *instance = new symbols::Symbolizer();
  return *instance;
}

Napi::Uint32Array triples(Napi::Env env, const std::vector<symbols::Line> &from) {
  Napi::Uint32Array to = Napi::Uint32Array::New(env, from.size() * 3);
  for (size_t i = 0; i < from.size(); i++) {
    to[3 * i] = from[i].function;
    to[3 * i + 1] = from[i].file;
    to[3 * i + 2] = from[i].line;
  }
  return to;
}

symbols::Answer answer(const symbols::Query &query) { return symbolizer().answer(query); }

Napi::Value shown(Napi::Env env, const symbols::Answer &answer) {
  const uint32_t count = static_cast<uint32_t>(answer.names.size());
  Napi::Float64Array starts = Napi::Float64Array::New(env, count);
  for (uint32_t i = 0; i < count; i++) starts[i] = static_cast<double>(answer.starts[i]);
  Napi::Object object = Napi::Object::New(env);
  object.Set("names", strings(env, answer.names));
  object.Set("starts", starts);
  object.Set("inFunction", column<Napi::Uint8Array>(env, answer.in_function));
  object.Set("lineCounts", column<Napi::Uint8Array>(env, answer.line_counts));
  object.Set("lines", triples(env, answer.lines));
  object.Set("texts", strings(env, answer.texts));
  object.Set("problem", answer.problem);
  object.Set("source", symbols::text_of(answer.source));
  object.Set("hasLines", answer.has_lines);
  return object;
}

}  // namespace

Napi::Value symbolize(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) return wrong_type(env, "symbolize needs { path, buildId, root, debugFile, offsets }");
  const Napi::Object query = info[0].As<Napi::Object>();
  const Napi::Value path = query.Get("path"), id = query.Get("buildId"), root = query.Get("root"),
                    offsets = query.Get("offsets"), debug = query.Get("debugFile");
  if (env.IsExceptionPending()) return env.Undefined();  // of a property: no promise can be made
  if (!path.IsString() || !id.IsString() || !root.IsString() || !(debug.IsString() || debug.IsUndefined()))
    return wrong_type(env, "path, buildId, root and debugFile must be strings");
  if (!offsets.IsTypedArray() || offsets.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    return wrong_type(env, "offsets must be a Float64Array");
  symbols::Query question{path.As<Napi::String>(),
                          id.As<Napi::String>(),
                          root.As<Napi::String>(),
                          {},
                          debug.IsString() ? std::string(debug.As<Napi::String>()) : std::string()};
  const Napi::Float64Array wanted = offsets.As<Napi::Float64Array>();
  for (size_t i = 0; i < wanted.ElementLength(); i++) {
    const double offset = wanted[i];
    question.addresses.push_back(offset >= 0 && offset < 18446744073709551616.0 ? static_cast<uint64_t>(offset)
                                                                                : UINT64_MAX);
  }
  return PromiseWorker<symbols::Query, symbols::Answer>::run(env, "symbolize", std::move(question), answer, shown);
}

}  // namespace pyro::addon
