// Is every name asked for once, and is what is kept within bounds whatever a target makes up?
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-names.h"

#include "parsed.h"

namespace pyro::traces {
namespace {

wire::Span of(uint32_t pad, uint32_t peer, uint8_t kind = wire::kSpanPush, uint32_t thread = 0) {
  wire::Span span = plain_span();
  span.pad = pad;
  span.peer = peer;
  span.kind = kind;
  span.thread = thread;
  return span;
}

TEST(SpanNames, EachHopAndThreadIsAskedForOnceInTheOrderOfTheSpans) {
  SpanNames names;
  names.begin({of(5, 1), of(2, 1, 1, 9), of(5, 1), of(5, 1, wire::kSpanPull, 9), of(1, 5, 1, 8)});
  const std::vector<Hop> hops = {{5, 1, 1}, {2, 1, 1}, {5, 1, 3}, {1, 5, 1}};
  EXPECT_EQ(names.unknown_hops(), hops);
  EXPECT_EQ(names.unknown_threads(), (std::vector<uint32_t>{0, 9, 8}));
}

TEST(SpanNames, WhatWasToldIsKnownAndTheRestIsAskedForAgain) {
  SpanNames names;
  const std::vector<wire::Span> spans = {of(1, 2, 1, 3), of(4, 5, 1, 6)};
  names.begin(spans);
  names.name(Hop{1, 2, 1}, "hop");
  names.name(3, {"thread", "\"t\""});
  names.begin(spans);
  EXPECT_EQ(names.unknown_hops(), (std::vector<Hop>{{4, 5, 1}}));
  EXPECT_EQ(names.unknown_threads(), (std::vector<uint32_t>{6}));
  ASSERT_NE(names.fields_of({1, 2, 1}), nullptr);
  EXPECT_EQ(*names.fields_of({1, 2, 1}), "hop");
  EXPECT_EQ(names.name_of(3)->json, "\"t\"");
  EXPECT_EQ(names.fields_of({1, 2, 2}), nullptr);
  EXPECT_EQ(names.name_of(6), nullptr);
}

TEST(SpanNames, VeryManyAreForgottenTogetherAndAskedForAgain) {
  SpanNames names;
  for (uint32_t i = 0; i < SpanNames::kMaxKnown; i++) names.name(Hop{i, 0, 1}, "x");
  names.begin({of(0, 0), of(1, 0), of(SpanNames::kMaxKnown, 0)});
  EXPECT_EQ(names.unknown_hops().size(), 3u);
  EXPECT_EQ(names.fields_of({0, 0, 1}), nullptr);
}

TEST(SpanNames, SoAreVeryLongOnes) {
  SpanNames names;
  const std::string longest(SpanNames::kMaxFields, 'x');
  uint32_t known = 0;
  for (uint32_t i = 0; i < 1000; i++) {
    names.begin({of(i, 0)});
    known = names.fields_of({i - known, 0, 1}) == nullptr ? 0 : known;
    names.name(Hop{i, 0, 1}, longest);
    known++;
    ASSERT_LE(known, SpanNames::kMaxBytes / SpanNames::kMaxFields + 1);
  }
}

TEST(SpanNames, OneThatIsLongerThanAnyNameOfASegmentIsNotWrittenAndNotAskedForAgain) {
  SpanNames names;
  const std::string huge(SpanNames::kMaxFields + 1, 'x');
  names.name(Hop{1, 0, 1}, huge);
  names.name(2, {huge, "\"x\""});
  names.name(3, {"", huge});
  names.begin({of(1, 0, 1, 2), of(1, 0, 1, 3)});
  EXPECT_TRUE(names.unknown_hops().empty() && names.unknown_threads().empty());
  EXPECT_EQ(*names.fields_of({1, 0, 1}), "");
  for (const uint32_t thread : {2, 3}) {
    EXPECT_EQ(names.name_of(thread)->fields, "");
    EXPECT_EQ(names.name_of(thread)->json, "\"\"");
  }
}

}  // namespace
}  // namespace pyro::traces
