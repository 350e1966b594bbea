// How does a question about a module's libraries travel to a thread of the pool and back?
// SPDX-License-Identifier: MPL-2.0
#include "addon/needed-worker.h"

#include <string>
#include <vector>

#include "addon/napi-helpers.h"
#include "symbols/needed.h"

namespace pyro::addon {
namespace {

class NeededWorker : public Napi::AsyncWorker {
 public:
  NeededWorker(Napi::Env env, std::vector<std::string> paths, std::string root)
      : Napi::AsyncWorker(env, "needed"),
        promise_(Napi::Promise::Deferred::New(env)),
        paths_(std::move(paths)),
        root_(std::move(root)) {}
  Napi::Promise promise() const { return promise_.Promise(); }

 protected:
  void Execute() override {
    for (const std::string &path : paths_) answers_.push_back(symbols::needed_libraries(root_, path));
  }
  void OnOK() override {
    const Napi::Env env = Env();
    Napi::HandleScope scope(env);
    Napi::Array all = Napi::Array::New(env, answers_.size());
    for (uint32_t i = 0; i < answers_.size(); i++) {
      Napi::HandleScope each(env);
      Napi::Array names = Napi::Array::New(env, answers_[i].size());
      for (uint32_t n = 0; n < answers_[i].size(); n++) names.Set(n, text(env, answers_[i][n]));
      all.Set(i, names);
    }
    promise_.Resolve(all);
  }
  void OnError(const Napi::Error &error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  std::vector<std::string> paths_;
  std::string root_;
  std::vector<std::vector<std::string>> answers_;
};

}  // namespace

Napi::Value needed(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsArray() || !info[1].IsString()) return wrong_type(env, "needed needs an array of paths and a root");
  const Napi::Array array = info[0].As<Napi::Array>();
  std::vector<std::string> paths;
  for (uint32_t i = 0; i < array.Length(); i++) paths.push_back(array.Get(i).ToString());
  auto *worker = new NeededWorker(env, std::move(paths), info[1].As<Napi::String>());
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace pyro::addon
