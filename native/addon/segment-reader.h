// How does JavaScript hold one reader of one segment?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

#include <optional>

#include "addon/cell-objects.h"
#include "addon/segment-claim.h"
#include "traces/span-encoder.h"
#include "wire/reader.h"

namespace pyro::addon {

class SegmentReader : public Napi::ObjectWrap<SegmentReader> {
 public:
  static void define(Napi::Env env);
  // attach({ fd }) or attach({ pid, fd }); throws with a code when the segment is refused.
  static Napi::Value attach(const Napi::CallbackInfo &info);

  explicit SegmentReader(const Napi::CallbackInfo &info);

 private:
  // The methods of the JavaScript object; src/native.ts says what each does. All of them but close() throw
  // ERR_SEGMENT_CLOSED after close(), and those with arguments a TypeError for one of a wrong type or range.
  Napi::Value urgent(const Napi::CallbackInfo &info);
  Napi::Value drain(const Napi::CallbackInfo &info);
  Napi::Value has_spans(const Napi::CallbackInfo &info);
  // These four are in span-methods.cc.
  Napi::Value take_spans(const Napi::CallbackInfo &info);
  void name_hop(const Napi::CallbackInfo &info);
  void name_thread(const Napi::CallbackInfo &info);
  Napi::Value encode_spans(const Napi::CallbackInfo &info);
  void copy_spans(const Napi::CallbackInfo &info);
  Napi::Value directory(const Napi::CallbackInfo &info);
  Napi::Value cells(const Napi::CallbackInfo &info);
  Napi::Value look(const Napi::CallbackInfo &info);
  Napi::Value retired(const Napi::CallbackInfo &info);
  void acknowledge(const Napi::CallbackInfo &info);
  Napi::Value is_reuse_due(const Napi::CallbackInfo &info);
  Napi::Value state(const Napi::CallbackInfo &info);
  Napi::Value exposition(const Napi::CallbackInfo &info);
  void endpoint(const Napi::CallbackInfo &info);
  Napi::Value tell(const Napi::CallbackInfo &info);
  void heartbeat(const Napi::CallbackInfo &info);
  void settle(const Napi::CallbackInfo &info);
  void flushed(const Napi::CallbackInfo &info);
  Napi::Value control(const Napi::CallbackInfo &info);
  void detach(const Napi::CallbackInfo &info);
  void close(const Napi::CallbackInfo &info);

  template <auto method>
  Napi::Value when_open(const Napi::CallbackInfo &info);

  SegmentClaim claim_;
  std::optional<wire::Reader> reader_;
  traces::SpanEncoder spans_;
  CellObjects cells_;
};

}  // namespace pyro::addon
