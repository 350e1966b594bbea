// Does the span ring take its burst, count on both sides alike, and never give a span twice?
// SPDX-License-Identifier: MPL-2.0
#include "wire/span-ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace pyro::wire {
namespace {

Span span(uint64_t id) {
  Span one{};
  one.id = id;
  return one;
}

TEST(SpanRing, TakesABurstOf64KiAndThenSaysThatItIsFull) {
  const auto ring = std::make_unique<SpanRing>();
  for (uint64_t lap = 0; lap < 3; lap++) {
    for (uint64_t id = 1; id <= 65536; id++) ASSERT_TRUE(write_span(*ring, span(id)));
    EXPECT_FALSE(write_span(*ring, span(1)));
    EXPECT_EQ(spans_waiting(*ring), 65536u);
    Span read;
    for (uint64_t id = 1; id <= 65536; id++) {
      ASSERT_TRUE(read_span(*ring, &read));
      ASSERT_EQ(read.id, id);
    }
    EXPECT_FALSE(read_span(*ring, &read));
  }
}

TEST(SpanRing, SeveralWritersAndAReaderLoseNothing) {
  constexpr uint64_t kWriters = 4, kEach = 100000;
  const auto ring = std::make_unique<SpanRing>();
  std::vector<std::thread> writers;
  for (uint64_t writer = 0; writer < kWriters; writer++)
    writers.emplace_back([&ring, writer] {
      for (uint64_t i = 0; i < kEach; i++)
        while (!write_span(*ring, span(writer * kEach + i + 1))) std::this_thread::yield();
    });
  std::set<uint64_t> seen;
  Span read;
  while (seen.size() < kWriters * kEach)
    if (read_span(*ring, &read))
      ASSERT_TRUE(seen.insert(read.id).second);
    else
      std::this_thread::yield();
  for (std::thread &writer : writers) writer.join();
  EXPECT_FALSE(read_span(*ring, &read));
}

}  // namespace
}  // namespace pyro::wire
