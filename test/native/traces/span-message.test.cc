// Does a strict reader find every field of a span, and none that should not be there?
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-message.h"

#include "parsed.h"

namespace pyro::traces {
namespace {

std::string attribute(const std::string &key, const std::string &value) {
  const std::string any = "\x0a" + std::string(1, static_cast<char>(value.size())) + value;
  const std::string pair = "\x0a" + std::string(1, static_cast<char>(key.size())) + key + "\x12" +
                           std::string(1, static_cast<char>(any.size())) + any;
  return "\x4a" + std::string(1, static_cast<char>(pair.size())) + pair;
}

// The one span of what was written; `bytes` must stay.
std::string_view body_of(const std::string &bytes) {
  const Message scope(bytes);
  EXPECT_TRUE(scope.is_whole());
  EXPECT_EQ(scope.fields.size(), 1u);
  return scope.bytes(2);
}

struct Written {
  std::string bytes;
  Message message;
  Written(const wire::Span &span, const SpanFacts &facts, const SpanNames &names)
      : bytes(written(span, facts, names)), message(body_of(bytes)) {
    EXPECT_TRUE(message.is_whole());
  }
  std::map<std::string, std::string> attributes() const { return attributes_of(message); }

 private:
  static std::string written(const wire::Span &span, const SpanFacts &facts, const SpanNames &names) {
    std::string to;
    put_span(to, span, facts, names);
    return to;
  }
};

TEST(SpanMessage, HasItsIdsTimesToTheNanosecondAndTheAttributesOfItsHopAndItsOwn) {
  wire::Span span = plain_span(0xef);
  span.trace_high = 0xab;
  span.trace_low = 0xcd;
  span.parent = 0x10;
  span.start_ns = 7000;
  span.duration_ns = 300;
  span.pts = 40;
  span.bytes = uint64_t{1} << 40;
  span.pad = 2;
  span.peer = 3;
  span.thread = 4;
  span.tid = 999;
  span.buffers = 8;
  span.kind = wire::kSpanPushList;
  SpanNames names;
  names.name(Hop{2, 3, wire::kSpanPushList}, attribute("pad", "p2"));
  names.name(4, {attribute("thread.name", "t4"), "\"t4\""});
  const Written written(span, {1'700'000'000'000'000'001, 0, "ot=th:8", ""}, names);
  const Message &message = written.message;
  EXPECT_EQ(message.bytes(1), std::string("\0\0\0\0\0\0\0\xab\0\0\0\0\0\0\0\xcd", 16));
  EXPECT_EQ(message.bytes(2), std::string("\0\0\0\0\0\0\0\xef", 8));
  EXPECT_EQ(message.bytes(3), "ot=th:8");
  EXPECT_EQ(message.bytes(4), std::string("\0\0\0\0\0\0\0\x10", 8));
  EXPECT_EQ(message.bytes(5), "PadPush");
  EXPECT_EQ(message.value(6), 1u);
  EXPECT_EQ(message.value(7), 1'700'000'000'000'007'001u);
  EXPECT_EQ(message.value(8), 1'700'000'000'000'007'301u);
  EXPECT_EQ(message.value(16), 0x101u);
  EXPECT_TRUE(message.all(13).empty() && message.all(15).empty());
  const std::map<std::string, std::string> expected = {{"pad", "p2"},
                                                       {"thread.name", "t4"},
                                                       {"gstreamer.flow.return", "ok"},
                                                       {"gstreamer.buffer.size", "1099511627776"},
                                                       {"gstreamer.buffer.count", "8"},
                                                       {"gstreamer.buffer.pts", "40"},
                                                       {"thread.id", "999"},
                                                       {"pyroscope.profile.id", "00000000000000ef"}};
  EXPECT_EQ(written.attributes(), expected);
}

TEST(SpanMessage, HasNoParentTimeStampCountOrNameThatIsNone) {
  const Written written(plain_span(), {}, {});
  EXPECT_TRUE(written.message.all(3).empty() && written.message.all(4).empty());
  const std::map<std::string, std::string> expected = {{"gstreamer.flow.return", "ok"},
                                                       {"gstreamer.buffer.size", "0"},
                                                       {"thread.id", "0"},
                                                       {"pyroscope.profile.id", "0000000000000001"}};
  EXPECT_EQ(written.attributes(), expected);
  wire::Span at_zero = plain_span();
  at_zero.pts = 0;
  EXPECT_EQ(Written(at_zero, {}, {}).attributes()["gstreamer.buffer.pts"], "0");
}

TEST(SpanMessage, StandsForOthersOnlyWhereTheRatioAloneChoseIt) {
  const SpanFacts facts{0, 0, "ot=th:8", ""};
  for (int flags = 0; flags < 256; flags++) {
    wire::Span span = plain_span();
    span.flags = static_cast<uint8_t>(flags);
    const Written written(span, facts, {});
    const bool slow = flags & wire::kSpanSlow, capped = flags & wire::kSpanUnderCap, remote = flags & wire::kSpanRemote;
    EXPECT_EQ(written.message.bytes(3), slow || capped ? "" : "ot=th:8");
    EXPECT_EQ(written.attributes().count("gstreamer.slow"), slow ? 1u : 0u);
    EXPECT_EQ(written.message.value(16), remote ? 0x301u : 0x101u);
  }
}

TEST(SpanMessage, IsAnErrorWhereItsReturnIsAFailureAndNoneWhereTheStreamOnlyEnded) {
  for (int flow = 0; flow < 256; flow++) {
    wire::Span span = plain_span();
    span.flow = static_cast<uint8_t>(flow);
    const Written written(span, {}, {});
    const std::string name = flow < int{wire::kFlowCount} ? wire::kFlowNames[flow] : "other";
    const bool failed = name == "not-negotiated" || name == "error" || name == "not-supported" || name == "not-linked";
    auto attributes = written.attributes();
    EXPECT_EQ(attributes["gstreamer.flow.return"], name);
    EXPECT_EQ(attributes["error.type"], failed ? name : "");
    EXPECT_EQ(Message(written.message.bytes(15)).value(3), failed ? 2u : 0u);
  }
}

TEST(SpanMessage, CarriesTheLinkThatItIsGiven) {
  EXPECT_EQ(Written(plain_span(), {0, 0, "", "link"}, {}).message.bytes(13), "link");
}

// A length of one, two and three bytes, and each side of where that changes.
TEST(SpanMessage, IsWholeWhateverItsLength) {
  const size_t least = body_of(Written(plain_span(), {}, {}).bytes).size();
  for (const size_t more :
       {size_t{3}, size_t{100}, 16383 - least - 1, 16383 - least, 16384 - least, size_t{16384}, size_t{60000}}) {
    const std::string link(more - 2 - (more > 129) - (more > 16386), 'x');
    const Written written(plain_span(), {0, 0, "", link}, {});
    EXPECT_EQ(written.message.bytes(13), link);
    EXPECT_EQ(written.message.value(16), 0x101u);
  }
}

TEST(SpanMessage, TimesOfAnySizeWrapAroundAndDoNoHarm) {
  wire::Span span = plain_span();
  span.start_ns = span.duration_ns = span.bytes = UINT64_MAX;
  span.pts = UINT64_MAX - 1;
  const Written written(span, {-5, 0, "", ""}, {});
  EXPECT_EQ(written.message.value(7), UINT64_MAX - 5);
  EXPECT_EQ(written.message.value(8), UINT64_MAX - 6);
  EXPECT_EQ(written.attributes()["gstreamer.buffer.size"], "18446744073709551615");
}

}  // namespace
}  // namespace pyro::traces
