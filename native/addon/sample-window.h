// How does JavaScript hold a window of samples, and the numbers of their label sets? Glue; native/profile does the
// work.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

#include "profile/label-index.h"
#include "profile/window.h"

namespace pyro::addon {

// The methods of both are described in src/native.ts; they throw a TypeError for arguments of a wrong type.
class LabelIndex : public Napi::ObjectWrap<LabelIndex> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit LabelIndex(const Napi::CallbackInfo &info);

 private:
  Napi::Value look(const Napi::CallbackInfo &info);
  Napi::Value learn(const Napi::CallbackInfo &info);

  profile::LabelIndex index_;
};

class SampleWindow : public Napi::ObjectWrap<SampleWindow> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SampleWindow(const Napi::CallbackInfo &info);

 private:
  void add(const Napi::CallbackInfo &info);
  Napi::Value takes_stacks(const Napi::CallbackInfo &info);
  Napi::Value bytes(const Napi::CallbackInfo &info);
  Napi::Value swap(const Napi::CallbackInfo &info);

  profile::Window window_;
};

}  // namespace pyro::addon
