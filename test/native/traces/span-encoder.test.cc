// Are many spans written as each is alone, and does no lie in a ring do harm?
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-encoder.h"

#include <algorithm>
#include <random>

#include "../random-seed.h"
#include "../wire/samples.h"
#include "parsed.h"

namespace pyro::traces {
namespace {

using wire::Mapping;
using wire::Reader;

// Of a known kind and flow, as a reader lets through, or anything.
wire::Span random_span(std::mt19937_64 &random, bool valid) {
  wire::Span span;
  auto *bytes = reinterpret_cast<unsigned char *>(&span);
  for (size_t i = 0; i < sizeof span; i++) bytes[i] = random() & 1 ? 0 : static_cast<unsigned char>(random());
  if (!valid) return span;
  span.id |= 1;
  span.kind = static_cast<uint8_t>(1 + span.kind % 3);
  span.flow %= wire::kFlowCount;
  return span;
}

void name_all(SpanNames &names, std::mt19937_64 &random) {
  const std::string fields(random() % 300, 'x');
  std::string attribute = "\x4a";
  attribute += static_cast<char>(fields.size() % 100);
  attribute += fields.substr(0, fields.size() % 100);
  for (const Hop &hop : names.unknown_hops())
    if (random() % 4) names.name(hop, attribute);
  for (const uint32_t thread : names.unknown_threads())
    if (random() % 4) names.name(thread, {"", "\"thread\""});
}

// Ends rise to the last byte, and between two of them is one field that a strict reader takes.
void expect_whole(const EncodedSpans &encoded, size_t count, bool lines) {
  ASSERT_EQ(encoded.ends.size(), count);
  uint32_t from = 0;
  for (const uint32_t end : encoded.ends) {
    ASSERT_LT(from, end);
    ASSERT_LE(end, encoded.fields.size());
    const Message field(std::string_view(encoded.fields).substr(from, end - from));
    ASSERT_TRUE(field.is_whole());
    ASSERT_EQ(field.fields.size(), 1u);
    const Message span(field.bytes(2));
    ASSERT_TRUE(span.is_whole());
    ASSERT_EQ(span.bytes(1).size(), 16u);
    ASSERT_EQ(span.all(16).size(), 1u);
    from = end;
  }
  ASSERT_EQ(from, encoded.fields.size());
  ASSERT_EQ(std::count(encoded.lines.begin(), encoded.lines.end(), '\n'), static_cast<long>(lines ? count : 0));
}

TEST(SpanEncoder, ManyAreEachWhatTheyAreAloneNothingOfOneStaysInTheNext) {
  std::mt19937_64 random(random_seed(7));
  std::vector<wire::Span> spans;
  for (int i = 0; i < 200; i++) spans.push_back(random_span(random, true));
  SpanEncoder together;
  together.take(spans);
  const EncodedSpans all = together.encode({12345, 0, "ot=th:8", "link"}, true);
  expect_whole(all, spans.size(), true);
  std::string fields, lines;
  SpanEncoder alone;
  for (const wire::Span &span : spans) {
    EXPECT_EQ(alone.take({span}), 1u);
    const EncodedSpans &one = alone.encode({12345, 0, "ot=th:8", "link"}, true);
    fields += one.fields;
    lines += one.lines;
  }
  EXPECT_EQ(all.fields, fields);
  EXPECT_EQ(all.lines, lines);
}

TEST(SpanEncoder, WhatWasWrittenStaysUntilOthersAreTaken) {
  std::mt19937_64 random(9);
  SpanEncoder encoder;
  EXPECT_TRUE(encoder.encoded().fields.empty());
  encoder.take({random_span(random, true)});
  const std::string fields = encoder.encode({0, 0, "", ""}, true).fields;
  EXPECT_EQ(encoder.encoded().fields, fields);
  encoder.take({random_span(random, true), random_span(random, true)});
  EXPECT_TRUE(encoder.encoded().fields.empty() && encoder.encoded().ends.empty() && encoder.encoded().lines.empty());
}

TEST(SpanEncoder, WhatWasTakenIsWrittenOnceAndLinesOnlyWhereTheyAreWanted) {
  SpanEncoder encoder;
  encoder.take({plain_span(1), plain_span(2)});
  expect_whole(encoder.encode({}, false), 2, false);
  expect_whole(encoder.encode({}, true), 0, true);
  encoder.take({plain_span(1), plain_span(2)});
  encoder.take({plain_span(3)});
  expect_whole(encoder.encode({}, true), 1, true);
}

TEST(SpanEncoder, TakesNoMoreThanIsWantedOldestFirstAndNothingWhereThereIsNoRing) {
  const Mapping mapping = wire::make_segment(true);
  for (uint64_t id = 1; id <= 5; id++) ASSERT_TRUE(wire::write_span(*mapping.spans(), plain_span(id)));
  Reader reader = wire::read_segment(mapping.fd());
  SpanEncoder encoder;
  EXPECT_EQ(encoder.take(reader, 2), 2u);
  EXPECT_NE(encoder.encode({}, true).lines.find("\"span\":\"0000000000000002\""), std::string::npos);
  EXPECT_EQ(encoder.take(reader, 10), 3u);
  EXPECT_EQ(encoder.take(reader, 10), 0u);
  const Mapping without = wire::make_segment();
  Reader other = wire::read_segment(without.fd());
  EXPECT_EQ(encoder.take(other, 10), 0u);
}

TEST(SpanEncoder, AnySpanIsWrittenAsAMessageWhateverItHolds) {
  std::mt19937_64 random(random_seed(99));
  for (int round = 0; round < 200; round++) {
    SpanEncoder encoder;
    for (int looks = 0; looks < 3; looks++) {
      std::vector<wire::Span> spans(random() % 60);
      for (wire::Span &span : spans) span = random_span(random, false);
      const size_t count = spans.size();
      encoder.take(std::move(spans));
      name_all(encoder.names(), random);
      SpanFacts facts{static_cast<int64_t>(random()), random(), random() & 1 ? "ot=th:8" : "", {}};
      facts.link.assign(random() % 40, '\xff');
      const bool lines = random() & 1;
      expect_whole(encoder.encode(facts, lines), count, lines);
      if (testing::Test::HasFatalFailure()) FAIL() << "round " << round;
    }
  }
}

TEST(SpanEncoder, AProcessThatScribblesIntoItsRingWhileItIsReadDoesNoHarm) {
  const Mapping mapping = wire::make_segment(true);
  wire::Child scribbler([&] {
    const Mapping theirs = wire::map_segment(mapping.fd());
    wire::SpanRing &ring = *theirs.spans();
    std::mt19937_64 random(5);
    // In the slots that the reader comes to next, most of them as if they were filled.
    for (;;) {
      const uint64_t number = ring.tail.load() + random() % 16;
      wire::SpanSlot &slot = ring.slot[number % wire::kSpanSlots];
      slot.turn = random() % 8 ? number / wire::kSpanSlots * 2 + 1 : random();
      slot.span = random_span(random, random() % 4 != 0);
      if (random() % 4096 == 0) ring.tail = random() % 2 ? random() : random() % wire::kSpanSlots;
      if (random() % 64 == 0) ring.head = random();
    }
  });
  Reader reader = wire::read_segment(mapping.fd());
  SpanEncoder encoder;
  std::mt19937_64 random(6);
  size_t written = 0;
  // The bound in time is for a machine where the scribbler gets no turn.
  wire::within(std::chrono::seconds(20), [&] {
    const uint32_t count = encoder.take(reader, 2000);
    EXPECT_LE(count, 2000u);
    name_all(encoder.names(), random);
    expect_whole(encoder.encode({1, 2, "s", ""}, true), count, true);
    written += count;
    return written > 5000 || testing::Test::HasFailure();
  });
  EXPECT_GT(written, 0u);
}

}  // namespace
}  // namespace pyro::traces
