// What does the agent get from its native half? Exports only; src/native.ts is the contract.
// SPDX-License-Identifier: MPL-2.0
#include <napi.h>

#include "addon/constants.h"
#include "addon/exit-watch.h"
#include "addon/inspect-worker.h"
#include "addon/lean-memory.h"
#include "addon/pprof-value.h"
#include "addon/sample-window.h"
#include "addon/segment-reader.h"
#include "addon/symbol-worker.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  using namespace pyro::addon;
  SegmentReader::define(env);
  exports.Set("attach", Napi::Function::New(env, SegmentReader::attach, "attach"));
  exports.Set("LabelIndex", LabelIndex::define(env));
  exports.Set("SampleWindow", SampleWindow::define(env));
  exports.Set("encodePprof", Napi::Function::New(env, encode_pprof, "encodePprof"));
  exports.Set("symbolize", Napi::Function::New(env, symbolize, "symbolize"));
  exports.Set("inspect", Napi::Function::New(env, inspect, "inspect"));
  exports.Set("waitForExit", Napi::Function::New(env, wait_for_exit, "waitForExit"));
  exports.Set("endAfter", Napi::Function::New(env, end_after, "endAfter"));
  exports.Set("limitHeaps", Napi::Function::New(env, limit_heaps, "limitHeaps"));
  exports.Set("releaseMemory", Napi::Function::New(env, release_memory, "releaseMemory"));
  exports.Set("constants", constants(env));
  return exports;
}

NODE_API_MODULE(pyroscope, init)
