// How does a question about modules travel to a thread of the pool and back?
// SPDX-License-Identifier: MPL-2.0
#include "addon/inspect-worker.h"

#include <string>
#include <vector>

#include "addon/napi-helpers.h"
#include "symbols/module-facts.h"

namespace pyro::addon {
namespace {

class InspectWorker : public Napi::AsyncWorker {
 public:
  InspectWorker(Napi::Env env, std::vector<std::string> paths, std::string root)
      : Napi::AsyncWorker(env, "inspect"),
        promise_(Napi::Promise::Deferred::New(env)),
        paths_(std::move(paths)),
        root_(std::move(root)) {}
  Napi::Promise promise() const { return promise_.Promise(); }

 protected:
  void Execute() override {
    for (const std::string &path : paths_) answers_.push_back(symbols::facts_of(root_, path));
  }
  void OnOK() override {
    const Napi::Env env = Env();
    Napi::HandleScope scope(env);
    Napi::Array all = Napi::Array::New(env, answers_.size());
    for (uint32_t i = 0; i < answers_.size(); i++) {
      Napi::HandleScope each(env);
      const symbols::ModuleFacts &facts = answers_[i];
      Napi::Array names = Napi::Array::New(env, facts.needed.size());
      for (uint32_t n = 0; n < facts.needed.size(); n++) names.Set(n, text(env, facts.needed[n]));
      Napi::Object object = Napi::Object::New(env);
      object.Set("buildId", facts.build_id);
      object.Set("needed", names);
      all.Set(i, object);
    }
    promise_.Resolve(all);
  }
  void OnError(const Napi::Error &error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  std::vector<std::string> paths_;
  std::string root_;
  std::vector<symbols::ModuleFacts> answers_;
};

}  // namespace

Napi::Value inspect(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsArray() || !info[1].IsString()) return wrong_type(env, "inspect needs an array of paths and a root");
  const Napi::Array array = info[0].As<Napi::Array>();
  std::vector<std::string> paths;
  for (uint32_t i = 0; i < array.Length(); i++) paths.push_back(array.Get(i).ToString());
  auto *worker = new InspectWorker(env, std::move(paths), info[1].As<Napi::String>());
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace pyro::addon
