// Which field of a span has which name in a capture?
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-line.h"

#include <charconv>

#include "traces/hex.h"

namespace pyro::traces {
namespace {

void put_decimal(std::string &to, uint64_t value) {
  char digits[20];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr - digits);
}

void put_field(std::string &to, std::string_view name, uint64_t value) {
  to.append(",\"").append(name).append("\":");
  put_decimal(to, value);
}

void put_text_field(std::string &to, std::string_view name, std::string_view plain) {
  to.append(",\"").append(name).append("\":\"").append(plain).append("\"");
}

// A time before 1970, or after the year 2554, is as wrong as the clock that it comes from; it is no overflow.
void put_sum(std::string &to, uint64_t time, int64_t offset) {
  const uint64_t away = offset < 0 ? uint64_t{0} - static_cast<uint64_t>(offset) : static_cast<uint64_t>(offset);
  if (offset >= 0) return put_decimal(to, time > UINT64_MAX - away ? UINT64_MAX : time + away);
  if (time < away) to.push_back('-');
  put_decimal(to, time < away ? away - time : time - away);
}

}  // namespace

void put_line(std::string &to, const wire::Span &span, const SpanFacts &facts, const SpanNames &names) {
  const ThreadName *thread = names.name_of(span.thread);
  to.append("{\"trace\":\"").append(Hex64(span.trace_high).text()).append(Hex64(span.trace_low).text()).append("\"");
  put_text_field(to, "span", Hex64(span.id).text());
  if (span.parent == 0)
    to.append(",\"parent\":null");
  else
    put_text_field(to, "parent", Hex64(span.parent).text());
  to.append(",\"startUnixNs\":\"");
  put_sum(to, span.start_ns, facts.offset_ns);
  to.push_back('"');
  put_field(to, "atNs", span.start_ns > facts.began_ns ? span.start_ns - facts.began_ns : 0);
  put_field(to, "durationNs", span.duration_ns);
  put_text_field(to, "kind", kind_name(span));
  put_field(to, "pad", span.pad);
  put_field(to, "peer", span.peer);
  to.append(",\"thread\":").append(thread == nullptr ? "\"\"" : thread->json);
  put_field(to, "tid", span.tid);
  if (span.pts == kNoTime)
    to.append(",\"pts\":null");
  else
    put_field(to, "pts", span.pts);
  put_field(to, "bytes", span.bytes);
  put_field(to, "buffers", span.buffers);
  put_text_field(to, "flow", flow_name(span));
  to.append(span.flags & wire::kSpanSlow ? ",\"slow\":true}\n" : ",\"slow\":false}\n");
}

}  // namespace pyro::traces
