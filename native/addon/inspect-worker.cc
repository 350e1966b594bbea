// Which question about modules does JavaScript ask, and what does it get?
// SPDX-License-Identifier: MPL-2.0
#include "addon/inspect-worker.h"

#include <string>
#include <vector>

#include "addon/napi-helpers.h"
#include "addon/promise-worker.h"
#include "symbols/module-facts.h"

namespace pyro::addon {
namespace {

struct Modules {
  std::vector<std::string> paths;
  std::string root;
};
using AllFacts = std::vector<symbols::ModuleFacts>;

AllFacts facts_of(const Modules &modules) {
  AllFacts all;
  for (const std::string &path : modules.paths) all.push_back(symbols::facts_of(modules.root, path));
  return all;
}

Napi::Value shown(Napi::Env env, const AllFacts &answers) {
  Napi::Array all = Napi::Array::New(env, answers.size());
  for (uint32_t i = 0; i < answers.size(); i++) {
    Napi::HandleScope each(env);
    const symbols::ModuleFacts &facts = answers[i];
    Napi::Object object = Napi::Object::New(env);
    object.Set("buildId", facts.build_id);
    object.Set("needed", strings(env, facts.needed));
    object.Set("hasFrames", facts.has_frames);
    all.Set(i, object);
  }
  return all;
}

}  // namespace

Napi::Value inspect(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsArray() || !info[1].IsString()) return wrong_type(env, "inspect needs an array of paths and a root");
  const Napi::Array array = info[0].As<Napi::Array>();
  Modules modules{{}, info[1].As<Napi::String>()};
  const uint32_t count = array.Length();
  for (uint32_t i = 0; i < count; i++) {
    Napi::HandleScope each(env);
    const Napi::Value path = array.Get(i);
    if (!path.IsString()) return wrong_type(env, "inspect needs paths that are strings");
    modules.paths.push_back(path.As<Napi::String>());
  }
  return PromiseWorker<Modules, AllFacts>::run(env, "inspect", std::move(modules), facts_of, shown);
}

}  // namespace pyro::addon
