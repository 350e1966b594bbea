// How does work that may take long reach a thread of Node's pool, and its answer a promise?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

#include <utility>

namespace pyro::addon {

// One question, answered by `work` in a thread of the pool, where no JavaScript value may be touched; `show` makes a
// value of the answer in the thread of `env`. Deletes itself.
template <typename Question, typename Answer>
class PromiseWorker final : public Napi::AsyncWorker {
 public:
  using Work = Answer (*)(const Question &);
  using Show = Napi::Value (*)(Napi::Env, const Answer &);

  static Napi::Promise run(Napi::Env env, const char *name, Question question, Work work, Show show) {
    auto *worker = new PromiseWorker(env, name, std::move(question), work, show);
    const Napi::Promise promise = worker->promise_.Promise();
    worker->Queue();
    return promise;
  }

 protected:
  void Execute() override { answer_ = work_(question_); }
  void OnOK() override {
    Napi::HandleScope scope(Env());
    promise_.Resolve(show_(Env(), answer_));
  }
  void OnError(const Napi::Error &error) override { promise_.Reject(error.Value()); }

 private:
  PromiseWorker(Napi::Env env, const char *name, Question question, Work work, Show show)
      : Napi::AsyncWorker(env, name),
        promise_(Napi::Promise::Deferred::New(env)),
        question_(std::move(question)),
        work_(work),
        show_(show) {}

  Napi::Promise::Deferred promise_;
  Question question_;
  Work work_;
  Show show_;
  Answer answer_{};
};

}  // namespace pyro::addon
