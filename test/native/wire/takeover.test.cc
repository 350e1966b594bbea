// Is every sample that a dead agent took with it counted, exactly and once?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <random>

#include "samples.h"

using namespace pyro::wire;

namespace {

uint64_t fill(Ring &ring, uint64_t count) {
  uint32_t hint = 0;
  uint64_t written = 0;
  while (written < count && write_sample(ring, 5, written, hint)) written++;
  return written;
}

uint64_t drain_all(Reader &reader) {
  uint64_t sum = 0;
  for (bool drained = false; !drained;) {
    const SampleColumns samples = columns_of(reader.drain(1000));
    sum += samples.count();
    drained = samples.drained;
  }
  return sum;
}

}  // namespace

TEST(TakeOver, SamplesThatAKilledReaderHadNotSettledAreCountedExactlyAndOnce) {
  const Mapping segment = make_segment();
  ASSERT_EQ(fill(segment.segment()->ring, 500), 500u);
  Child first([&] {
    Reader reader = read_segment(segment.fd());
    if (reader.drain(100).count != 100) _exit(1);
    reader.settle(40);
    if (reader.drain(7).count != 7) _exit(1);
    pause();
  });
  const Account &account = segment.segment()->account;
  RingRead ring(segment.segment()->ring);
  ASSERT_TRUE(within(std::chrono::seconds(10), [&] { return ring.records_read() == 107; }));
  first.kill();
  EXPECT_EQ(account.samples_agent_lost.load(), 0u);
  Reader second = read_segment(segment.fd());
  EXPECT_EQ(second.state().samples_agent_lost, 67u);
  ASSERT_TRUE(second.take_over());
  EXPECT_EQ(second.state().samples_agent_lost, 67u);
  EXPECT_EQ(drain_all(second), 500u - 107u);
  second.settle(500 - 107);
  ASSERT_TRUE(second.take_over());
  EXPECT_EQ(second.state().samples_agent_lost, 67u);
  EXPECT_EQ(second.state().samples_settled, 40u + 500 - 107);
}

TEST(TakeOver, ReadersKilledAtAnyInstantLoseNothingUncounted) {
  const Mapping segment = make_segment();
  Ring &ring = segment.segment()->ring;
  std::mt19937 random(7);
  uint64_t written = 0, sequence = 0;
  uint32_t hint = 0;
  for (int round = 0; round < 40; round++) {
    Child child([&] {
      Reader reader = read_segment(segment.fd());
      for (;;) reader.settle(reader.drain(3).count);
    });
    const uint64_t until = written + 200 + random() % 3000;
    while (written < until)
      if (write_sample(ring, 5, sequence++, hint)) written++;
  }
  Reader last = read_segment(segment.fd());
  const uint64_t rest = drain_all(last);
  EXPECT_EQ(last.state().samples_settled + last.state().samples_agent_lost + rest, written);
  EXPECT_LE(last.state().samples_agent_lost, 40u * 3u);
  EXPECT_EQ(last.state().counters[kMalformed], 0u);
}

TEST(TakeOver, AChunkThatAKilledReaderHeldIsGivenBackWithoutRepeatingItsRecords) {
  const Mapping segment = make_segment();
  Ring &ring = segment.segment()->ring;
  ASSERT_EQ(fill(ring, 3), 3u);
  Reader reader = read_segment(segment.fd());
  EXPECT_EQ(reader.drain(2).count, 2u);
  ring.chunk[0].owner.store(kChunkOwnerReader);
  Reader next = read_segment(segment.fd());
  EXPECT_EQ(ring.chunk[0].owner.load(), 0u);
  EXPECT_EQ(drain_all(next), 1u);
}

TEST(TakeOver, ASegmentThatAnotherProcessReadsIsLeftAlone) {
  const Mapping segment = make_segment();
  ASSERT_EQ(fill(segment.segment()->ring, 50), 50u);
  Child first([&] {
    Reader reader = read_segment(segment.fd());
    reader.drain(20);
    pause();
  });
  RingRead ring(segment.segment()->ring);
  ASSERT_TRUE(within(std::chrono::seconds(10), [&] { return ring.records_read() == 20; }));
  Refusal why;
  uint32_t version;
  std::optional<Reader> second = Reader::attach(dup(segment.fd()), &why, &version);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->take_over());
  EXPECT_EQ(segment.segment()->account.samples_agent_lost.load(), 0u);
  first.kill();
  EXPECT_TRUE(second->take_over());
  EXPECT_EQ(second->state().samples_agent_lost, 20u);
}

TEST(TakeOver, TheReaderSaysThatItLivesAndWhatItDid) {
  const Mapping segment = make_segment();
  const Life &life = segment.segment()->life;
  EXPECT_EQ(life.agent_pid.load(), 0u);
  Reader reader = read_segment(segment.fd());
  EXPECT_EQ(life.agent_pid.load(), static_cast<uint32_t>(getpid()));
  EXPECT_EQ(life.agent_version.load(), WIRE_VERSION);
  const uint64_t before = life.agent_seen_ns;
  EXPECT_GT(before, 0u);
  EXPECT_TRUE(within(std::chrono::seconds(5), [&] {
    reader.heartbeat();
    return life.agent_seen_ns > before;
  }));
  reader.flushed(3);
  EXPECT_EQ(life.flush_done.load(), 3u);
  reader.detach();
  EXPECT_EQ(life.detached.load(), 1u);
  ASSERT_TRUE(reader.take_over());
  EXPECT_EQ(life.detached.load(), 0u);
}
