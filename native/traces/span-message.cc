// Which field of a span becomes which field of OTLP, and which attribute?
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-message.h"

#include "traces/hex.h"
#include "traces/message-fields.h"

namespace pyro::traces {
namespace {

// Fields of ScopeSpans, Span, Status and KeyValue.
constexpr uint32_t kSpansOfScope = 2;
enum SpanField : uint32_t {
  kTraceId = 1,
  kSpanId = 2,
  kTraceState = 3,
  kParentSpanId = 4,
  kName = 5,
  kKind = 6,
  kStartTime = 7,
  kEndTime = 8,
  kAttribute = 9,
  kLink = 13,
  kStatus = 15,
  kFlags = 16
};
constexpr uint32_t kStatusCode = 3, kKey = 1, kValue = 2, kStringValue = 1, kBoolValue = 2, kIntValue = 3;

constexpr uint64_t kInternal = 1, kError = 2;
constexpr uint32_t kSampled = 1, kKnowsRemote = 0x100, kIsRemote = 0x200;

// A message whose length is not known before it is there: room for the usual length, which is moved where it is
// another.
class MessageIn {
 public:
  MessageIn(std::string &to, uint32_t field) : to_(to) {
    put_tag(to, field, kBytes);
    begin_ = to.size();
    to.append(kUsual, '\0');
  }
  ~MessageIn() {
    const size_t length = to_.size() - begin_ - kUsual;
    std::string head;
    put_varint(head, length);
    to_.replace(begin_, kUsual, head);
  }

 private:
  static constexpr size_t kUsual = 2;  // bytes of a length from 128 to 16383
  std::string &to_;
  size_t begin_;
};

// What stands before the value of an attribute: its value has so many bytes, with tag and length.
void put_key(std::string &to, std::string_view key, size_t value_bytes) {
  const size_t pair = 1 + varint_bytes(key.size()) + key.size() + 1 + varint_bytes(value_bytes) + value_bytes;
  put_tag(to, kAttribute, kBytes);
  put_varint(to, pair);
  put_bytes(to, kKey, key);
  put_tag(to, kValue, kBytes);
  put_varint(to, value_bytes);
}

void put_attribute(std::string &to, std::string_view key, std::string_view text) {
  put_key(to, key, 1 + varint_bytes(text.size()) + text.size());
  put_bytes(to, kStringValue, text);
}

void put_attribute(std::string &to, std::string_view key, uint64_t number) {
  put_key(to, key, 1 + varint_bytes(number));
  put_number(to, kIntValue, number);
}

void put_attribute(std::string &to, std::string_view key, bool yes) {
  put_key(to, key, 2);
  put_number(to, kBoolValue, yes);
}

// A return that is a failure, and not an end.
bool has_failed(const wire::Span &span) {
  switch (span.flow) {
    case wire::kFlowNotLinked:
    case wire::kFlowNotNegotiated:
    case wire::kFlowError:
    case wire::kFlowNotSupported:
      return true;
    default:
      return false;
  }
}

void put_identity(std::string &to, const wire::Span &span, const SpanFacts &facts) {
  put_tag(to, kTraceId, kBytes);
  put_varint(to, 16);
  put_big_endian(to, span.trace_high);
  put_big_endian(to, span.trace_low);
  put_tag(to, kSpanId, kBytes);
  put_varint(to, 8);
  put_big_endian(to, span.id);
  const bool by_ratio = (span.flags & (wire::kSpanSlow | wire::kSpanUnderCap)) == 0;
  if (by_ratio && !facts.state.empty()) put_bytes(to, kTraceState, facts.state);
  if (span.parent == 0) return;
  put_tag(to, kParentSpanId, kBytes);
  put_varint(to, 8);
  put_big_endian(to, span.parent);
}

// What differs from span to span.
void put_own(std::string &to, const wire::Span &span, const SpanNames &names) {
  put_attribute(to, "gstreamer.flow.return", flow_name(span));
  if (has_failed(span)) put_attribute(to, "error.type", flow_name(span));
  put_attribute(to, "gstreamer.buffer.size", span.bytes);
  if (span.buffers != 1) put_attribute(to, "gstreamer.buffer.count", uint64_t{span.buffers});
  if (span.pts != kNoTime) put_attribute(to, "gstreamer.buffer.pts", span.pts);
  put_attribute(to, "thread.id", uint64_t{span.tid});
  if (const ThreadName *thread = names.name_of(span.thread)) to.append(thread->fields);
  if (span.flags & wire::kSpanSlow) put_attribute(to, "gstreamer.slow", true);
  put_attribute(to, "pyroscope.profile.id", Hex64(span.id).text());
}

}  // namespace

void put_span(std::string &to, const wire::Span &span, const SpanFacts &facts, const SpanNames &names) {
  const MessageIn message(to, kSpansOfScope);
  const uint64_t begin = span.start_ns + static_cast<uint64_t>(facts.offset_ns);
  put_identity(to, span, facts);
  put_bytes(to, kName, kSpanName);
  put_number(to, kKind, kInternal);
  put_fixed64(to, kStartTime, begin);
  put_fixed64(to, kEndTime, begin + span.duration_ns);
  if (const std::string *hop = names.fields_of(hop_of(span))) to.append(*hop);
  put_own(to, span, names);
  if (!facts.link.empty()) put_bytes(to, kLink, facts.link);
  if (has_failed(span)) {
    std::string status;
    put_number(status, kStatusCode, kError);
    put_bytes(to, kStatus, status);
  }
  put_fixed32(to, kFlags, kSampled | kKnowsRemote | (span.flags & wire::kSpanRemote ? kIsRemote : 0));
}

}  // namespace pyro::traces
