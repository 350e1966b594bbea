// Does a span's line in a capture say all of it, with numbers that are exact?
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-line.h"

#include <gtest/gtest.h>

#include "parsed.h"

namespace pyro::traces {
namespace {

std::string line_of(const wire::Span &span, const SpanFacts &facts = {}, const SpanNames &names = {}) {
  std::string line;
  put_line(line, span, facts, names);
  return line;
}

bool has(const std::string &line, const std::string &part) { return line.find(part) != std::string::npos; }

TEST(SpanLine, HasEveryField) {
  wire::Span span = plain_span(0xef);
  span.trace_high = 0xab;
  span.trace_low = 0xcd;
  span.parent = 0x10;
  span.start_ns = 7000;
  span.duration_ns = 300;
  span.pts = 40;
  span.bytes = 1024;
  span.pad = 2;
  span.peer = 3;
  span.thread = 4;
  span.tid = 999;
  span.buffers = 8;
  span.kind = wire::kSpanPushList;
  span.flow = wire::kFlowError;
  span.flags = wire::kSpanSlow;
  SpanNames names;
  names.name(4, {"", "\"q:src \\\"1\\\"\\n\""});
  EXPECT_EQ(
      line_of(span, {1'700'000'000'000'000'001, 5000, "", ""}, names),
      "{\"trace\":\"00000000000000ab00000000000000cd\",\"span\":\"00000000000000ef\",\"parent\":\"0000000000000010\","
      "\"startUnixNs\":\"1700000000000007001\",\"atNs\":2000,\"durationNs\":300,\"kind\":\"push-list\",\"pad\":2,"
      "\"peer\":3,\"thread\":\"q:src \\\"1\\\"\\n\",\"tid\":999,\"pts\":40,\"bytes\":1024,\"buffers\":8,"
      "\"flow\":\"error\",\"slow\":true}\n");
}

TEST(SpanLine, HasNullForAParentAndATimeStampThatAreNoneAndNoNameWhereNobodyToldOne) {
  const std::string line = line_of(plain_span());
  EXPECT_TRUE(has(line, "\"parent\":null,") && has(line, "\"pts\":null,") && has(line, "\"slow\":false}\n"));
  EXPECT_TRUE(has(line, "\"thread\":\"\","));
  wire::Span at_zero = plain_span();
  at_zero.pts = 0;
  EXPECT_TRUE(has(line_of(at_zero), "\"pts\":0,"));
}

TEST(SpanLine, IsNeverFromBeforeTheCaptureBegan) {
  wire::Span span = plain_span();
  span.start_ns = 4999;
  EXPECT_TRUE(has(line_of(span, {1, 5000, "", ""}), "\"startUnixNs\":\"5000\",\"atNs\":0,"));
}

TEST(SpanLine, TakesNumbersThatNoTableHas) {
  wire::Span span = plain_span();
  span.flow = 200;
  span.kind = 99;
  EXPECT_TRUE(has(line_of(span), "\"flow\":\"other\"") && has(line_of(span), "\"kind\":\"\""));
}

TEST(SpanLine, SaysTheLargestNumbersExactly) {
  wire::Span span = plain_span();
  span.start_ns = span.duration_ns = span.bytes = UINT64_MAX;
  span.pts = (uint64_t{1} << 53) + 1;
  const std::string line = line_of(span, {0, 0, "", ""});
  EXPECT_TRUE(has(line, "\"startUnixNs\":\"18446744073709551615\",\"atNs\":18446744073709551615,"));
  EXPECT_TRUE(has(line, "\"durationNs\":18446744073709551615,") && has(line, "\"pts\":9007199254740993,"));
}

TEST(SpanLine, HasATimeBefore1970WhereTheWallClockHasOne) {
  wire::Span span = plain_span();
  span.start_ns = 7;
  EXPECT_TRUE(has(line_of(span, {-10, 0, "", ""}), "\"startUnixNs\":\"-3\""));
  EXPECT_TRUE(has(line_of(span, {-7, 0, "", ""}), "\"startUnixNs\":\"0\""));
  EXPECT_TRUE(has(line_of(span, {INT64_MIN, 0, "", ""}), "\"startUnixNs\":\"-9223372036854775801\""));
  span.start_ns = UINT64_MAX;
  EXPECT_TRUE(has(line_of(span, {INT64_MAX, 0, "", ""}), "\"startUnixNs\":\"18446744073709551615\""));
}

}  // namespace
}  // namespace pyro::traces
