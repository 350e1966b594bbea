// Which field of the wire becomes which property?
// SPDX-License-Identifier: MPL-2.0
#include "addon/segment-values.h"

#include <iterator>

#include "addon/napi-helpers.h"

namespace pyro::addon {
namespace {

const char *entry_kind(wire::EntryKind kind) {
  switch (kind) {
#define X(id, value, name) \
  case wire::id:           \
    return name;
    PYRO_ENTRIES(X)
#undef X
  }
  return "";  // not reached: the reader lets no other kind through
}

Napi::Object histogram(Napi::Env env, const wire::HistogramCopy &h) {
  Napi::Float64Array counts = Napi::Float64Array::New(env, h.bucket.size());
  for (size_t i = 0; i < h.bucket.size(); i++) counts[i] = static_cast<double>(h.bucket[i]);
  Napi::Object object = Napi::Object::New(env);
  object.Set("counts", counts);
  object.Set("sumNs", number(env, h.sum_ns));
  const bool empty = h.min_ns == 0;
  object.Set("minNs", empty ? env.Null() : Napi::Value(number(env, h.min_ns - 1)));
  object.Set("maxNs", empty ? env.Null() : Napi::Value(number(env, h.max_ns)));
  return object;
}

// A state that does not exist means a target that is not itself any more.
const char *target_state(uint32_t state) {
  if (state == wire::kTargetRunning) return "running";
  return state == wire::kTargetEnding ? "ending" : "ended";
}

const char *clock_source(uint64_t source) {
  if (source == 1) return "tsc";
  return source == 2 ? "monotonic" : "unknown";
}

std::vector<std::string> inabilities(uint32_t bits) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::size(wire::kInabilityNames); i++)
    if (bits >> i & 1) names.emplace_back(wire::kInabilityNames[i]);
  return names;
}

Napi::Object counters(Napi::Env env, const wire::StateCopy &state) {
  Napi::Object object = Napi::Object::New(env);
  for (uint32_t i = 0; i < state.counter_count; i++)
    object.Set(wire::kCounterInfo[i].name, number(env, state.counters[i]));
  return object;
}

}  // namespace

Napi::Object batch(Napi::Env env, const wire::SampleRecords &samples) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("count", samples.count);
  object.Set("records", column<Napi::Uint8Array>(env, samples.bytes));
  object.Set("drained", samples.drained);
  return object;
}

Napi::Array entries(Napi::Env env, const std::vector<wire::DirectoryName> &names) {
  Napi::Array array = Napi::Array::New(env, names.size());
  for (uint32_t i = 0; i < names.size(); i++) {
    Napi::HandleScope scope(env);
    const wire::DirectoryName &name = names[i];
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("id", name.id);
    entry.Set("kind", entry_kind(name.kind));
    entry.Set("parent", name.parent);
    entry.Set("texts", strings(env, name.texts));
    entry.Set("value0", number(env, name.value0));
    entry.Set("value1", number(env, name.value1));
    if (name.replaces != 0) entry.Set("replaces", name.replaces);
    array.Set(i, entry);
  }
  return array;
}

Napi::Object cell_snapshot(Napi::Env env, const wire::CellCopy &copy) {
  static const char *const kKinds[] = {"",      "chain",   "pull",     "overflow", "driver", "queue",  "event",
                                       "query", "latency", "reported", "link",     "state",  "transit"};
  Napi::Object flow = Napi::Object::New(env);
  for (uint32_t i = 0; i < wire::kFlowCount; i++) flow.Set(wire::kFlowNames[i], number(env, copy.flow[i]));
  Napi::Object object = Napi::Object::New(env);
  object.Set("pad", copy.pad);
  object.Set("peer", copy.peer);
  object.Set("kind", kKinds[copy.kind]);
  object.Set("startUnixNs", Napi::BigInt::New(env, copy.start_unix_ns));
  object.Set("buffers", number(env, copy.buffers));
  object.Set("bytes", number(env, copy.bytes));
  object.Set("invocations", number(env, copy.invocations));
  object.Set("nested", number(env, copy.nested));
  object.Set("flow", flow);
  object.Set("inclusive", histogram(env, copy.inclusive));
  object.Set("exclusive", histogram(env, copy.exclusive));
  object.Set("dropped", number(env, copy.dropped));
  object.Set("level", number(env, copy.level));
  object.Set("highestLevel", number(env, copy.highest_level));
  object.Set("flushed", number(env, copy.flushed));
  return object;
}

Napi::Array cell_snapshots(Napi::Env env, const std::vector<wire::CellCopy> &cells) {
  Napi::Array array = Napi::Array::New(env, cells.size());
  for (uint32_t i = 0; i < cells.size(); i++) {
    Napi::HandleScope scope(env);
    array.Set(i, cell_snapshot(env, cells[i]));
  }
  return array;
}

Napi::Object segment_state(Napi::Env env, const wire::StateCopy &state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("pid", state.identity.pid);
  object.Set("startTicks", number(env, state.identity.start_ticks));
  object.Set("createdMonoNs", number(env, state.identity.created_mono_ns));
  object.Set("createdUnixNs", Napi::BigInt::New(env, state.identity.created_unix_ns));
  object.Set("targetState", target_state(state.target_state));
  object.Set("flushAsked", state.flush_asked);
  object.Set("processCpuBeginNs", number(env, state.process_cpu_begin_ns));
  object.Set("processCpuNs", number(env, state.process_cpu_ns));
  object.Set("registeredCpuNs", number(env, state.registered_cpu_ns));
  object.Set("maskedCpuNs", number(env, state.masked_ns));
  object.Set("ownCpuNs", number(env, state.own_cpu_ns));
  object.Set("unarmedCpuNs", number(env, state.unarmed_cpu_ns));
  object.Set("unseenCpuNs", number(env, state.unseen_ns));
  object.Set("samplesSettled", number(env, state.samples_settled));
  object.Set("samplesAgentLost", number(env, state.samples_agent_lost));
  object.Set("timingCostPs", number(env, state.timing_cost_ps));
  object.Set("clockSource", clock_source(state.clock_source));
  object.Set("enabled", state.enabled != 0);
  object.Set("sampleRate", state.sample_rate);
  object.Set("wallRate", state.wall_rate);
  object.Set("spanThreshold", Napi::BigInt::New(env, state.span_threshold));
  object.Set("spanSlowNs", number(env, state.span_slow_ns));
  object.Set("spanP99", state.span_p99);
  object.Set("changes", state.changes);
  object.Set("obeyed", state.obeyed);
  object.Set("cannot", strings(env, inabilities(state.cannot)));
  object.Set("timing", wire::kTimingNames[state.timing <= wire::kTimingHooks ? state.timing : wire::kTimingOff]);
  object.Set("handler", histogram(env, state.handler));
  object.Set("counters", counters(env, state));
  return object;
}

}  // namespace pyro::addon
