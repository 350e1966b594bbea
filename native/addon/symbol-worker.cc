// How does one question about symbols travel to a thread of the pool and back?
// SPDX-License-Identifier: MPL-2.0
#include "addon/symbol-worker.h"

#include "addon/napi-helpers.h"
#include "symbols/symbolizer.h"

namespace pyro::addon {
namespace {

// One for the process, for all environments; never destroyed, a worker may still use it while the process ends.
symbols::Symbolizer &symbolizer() {
  static auto *instance = new symbols::Symbolizer();
  return *instance;
}

class SymbolWorker : public Napi::AsyncWorker {
 public:
  SymbolWorker(Napi::Env env, symbols::Query query)
      : Napi::AsyncWorker(env, "symbolize"), promise_(Napi::Promise::Deferred::New(env)), query_(std::move(query)) {}
  Napi::Promise promise() const { return promise_.Promise(); }

 protected:
  void Execute() override { answer_ = symbolizer().answer(query_); }
  void OnOK() override {
    const Napi::Env env = Env();
    Napi::HandleScope scope(env);
    const uint32_t count = static_cast<uint32_t>(answer_.names.size());
    Napi::Array names = Napi::Array::New(env, count);
    for (uint32_t i = 0; i < count; i++) {
      Napi::HandleScope each(env);
      names.Set(i, text(env, answer_.names[i]));
    }
    Napi::Float64Array starts = Napi::Float64Array::New(env, count);
    for (uint32_t i = 0; i < count; i++) starts[i] = static_cast<double>(answer_.starts[i]);
    Napi::Object object = Napi::Object::New(env);
    object.Set("names", names);
    object.Set("starts", starts);
    object.Set("inFunction", column<Napi::Uint8Array>(env, answer_.in_function));
    object.Set("problem", answer_.problem);
    promise_.Resolve(object);
  }
  void OnError(const Napi::Error &error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  symbols::Query query_;
  symbols::Answer answer_;
};

}  // namespace

Napi::Value symbolize(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) return wrong_type(env, "symbolize needs { path, buildId, root, offsets }");
  const Napi::Object query = info[0].As<Napi::Object>();
  const Napi::Value path = query.Get("path"), id = query.Get("buildId"), root = query.Get("root"),
                    offsets = query.Get("offsets");
  if (!path.IsString() || !id.IsString() || !root.IsString())
    return wrong_type(env, "path, buildId and root must be strings");
  if (!offsets.IsTypedArray() || offsets.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    return wrong_type(env, "offsets must be a Float64Array");
  symbols::Query question{path.As<Napi::String>(), id.As<Napi::String>(), root.As<Napi::String>(), {}};
  const Napi::Float64Array wanted = offsets.As<Napi::Float64Array>();
  for (size_t i = 0; i < wanted.ElementLength(); i++) {
    const double offset = wanted[i];
    question.addresses.push_back(offset >= 0 && offset < 18446744073709551616.0 ? static_cast<uint64_t>(offset)
                                                                                : UINT64_MAX);
  }
  auto *worker = new SymbolWorker(env, std::move(question));
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace pyro::addon
