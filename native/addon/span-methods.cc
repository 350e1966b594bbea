// How does JavaScript take spans out of a ring: what does it tell, and what does it get? src/native.ts is the contract.
// SPDX-License-Identifier: MPL-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include "addon/napi-helpers.h"
#include "addon/segment-reader.h"

namespace pyro::addon {
namespace {

constexpr double kMaxSpans = wire::kSpanSlots;

bool read_whole(const Napi::Value &value, double most, double *out) {
  if (!value.IsNumber()) return false;
  *out = value.As<Napi::Number>().DoubleValue();
  return *out >= 0 && *out <= most && std::floor(*out) == *out;
}

bool is_bytes(const Napi::Value &value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}

std::string bytes_of(const Napi::Value &value) {
  const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char *>(array.Data()), array.ByteLength()};
}

Napi::Uint32Array triples(Napi::Env env, const std::vector<traces::Hop> &hops) {
  Napi::Uint32Array to = Napi::Uint32Array::New(env, hops.size() * 3);
  for (size_t i = 0; i < hops.size(); i++) {
    to[3 * i] = hops[i].pad;
    to[3 * i + 1] = hops[i].peer;
    to[3 * i + 2] = hops[i].kind;
  }
  return to;
}

bool read_facts(const Napi::Value &value, traces::SpanFacts *facts, bool *lines) {
  if (!value.IsObject()) return false;
  const Napi::Object object = value.As<Napi::Object>();
  const Napi::Value offset = object.Get("offsetNs"), began = object.Get("beganNs"), state = object.Get("state"),
                    link = object.Get("link"), wanted = object.Get("lines");
  double began_ns = 0;
  bool fits = false;
  if (!offset.IsBigInt() || !state.IsString() || !is_bytes(link) || !wanted.IsBoolean()) return false;
  if (!read_whole(began, 9.1e18, &began_ns)) return false;
  facts->offset_ns = offset.As<Napi::BigInt>().Int64Value(&fits);
  facts->began_ns = static_cast<uint64_t>(began_ns);
  facts->state = state.As<Napi::String>().Utf8Value();
  facts->link = bytes_of(link);
  *lines = wanted.As<Napi::Boolean>();
  return fits;
}

}  // namespace

Napi::Value SegmentReader::take_spans(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  double most = 0;
  if (!read_whole(info[0], UINT32_MAX, &most)) return wrong_type(env, "takeSpans needs a number of spans");
  Napi::Object object = Napi::Object::New(env);
  object.Set("count", spans_.take(*reader_, static_cast<uint32_t>(std::min(most, kMaxSpans))));
  object.Set("hops", triples(env, spans_.names().unknown_hops()));
  object.Set("threads", column<Napi::Uint32Array>(env, spans_.names().unknown_threads()));
  return object;
}

void SegmentReader::name_hop(const Napi::CallbackInfo &info) {
  double pad = 0, peer = 0, kind = 0;
  const bool is_hop = read_whole(info[0], UINT32_MAX, &pad) && read_whole(info[1], UINT32_MAX, &peer) &&
                      read_whole(info[2], 255, &kind);
  if (!is_hop || !is_bytes(info[3])) {
    wrong_type(info.Env(), "nameHop needs two pads, a kind and bytes");
    return;
  }
  const traces::Hop hop{static_cast<uint32_t>(pad), static_cast<uint32_t>(peer), static_cast<uint8_t>(kind)};
  spans_.names().name(hop, bytes_of(info[3]));
}

void SegmentReader::name_thread(const Napi::CallbackInfo &info) {
  double thread = 0;
  if (!read_whole(info[0], UINT32_MAX, &thread) || !is_bytes(info[1]) || !info[2].IsString()) {
    wrong_type(info.Env(), "nameThread needs a thread, bytes and a text");
    return;
  }
  spans_.names().name(static_cast<uint32_t>(thread), {bytes_of(info[1]), info[2].As<Napi::String>().Utf8Value()});
}

Napi::Value SegmentReader::encode_spans(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  traces::SpanFacts facts;
  bool lines = false;
  if (!read_facts(info[0], &facts, &lines))
    return wrong_type(env, "encodeSpans needs { offsetNs, beganNs, state, link, lines }");
  const traces::EncodedSpans &encoded = spans_.encode(facts, lines);
  Napi::Object object = Napi::Object::New(env);
  object.Set("ends", column<Napi::Uint32Array>(env, encoded.ends));
  object.Set("lines", text(env, encoded.lines));
  return object;
}

// Into a buffer that is used again and again: what is made anew for each look waits for the collector of garbage.
void SegmentReader::copy_spans(const Napi::CallbackInfo &info) {
  const std::string &fields = spans_.encoded().fields;
  if (!is_bytes(info[0]) || info[0].As<Napi::Uint8Array>().ByteLength() < fields.size()) {
    wrong_type(info.Env(), "copySpans needs as many bytes as encodeSpans wrote");
    return;
  }
  if (!fields.empty()) std::memcpy(info[0].As<Napi::Uint8Array>().Data(), fields.data(), fields.size());
}

}  // namespace pyro::addon
