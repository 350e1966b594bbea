// Does every committed record arrive exactly once, whatever interrupts or kills the writers?
// SPDX-License-Identifier: MPL-2.0
#include "wire/ring.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "samples.h"

using namespace pyro::wire;

namespace {

constexpr uint32_t kThreads = 4;
constexpr uint32_t kWriters = kThreads * 2;  // each thread, and the handler that interrupts it
constexpr uint32_t kPerThread = 20000;       // records that each thread gets through
constexpr uint32_t kAttempts = 1000000;      // and how often it may try

// What the writing process says it did; shared with the reading one.
struct Log {
  std::atomic<uint64_t> attempted, written, dropped, interrupted;
  std::atomic<uint8_t> committed[kWriters + 1][kAttempts];
};

struct Writer {
  Ring *ring;
  Log *log;
  uint32_t id, hint;
  uint64_t next = 0, done = 0;
  volatile sig_atomic_t writing = 0;

  void write() {
    if (next >= kAttempts) return;
    const uint64_t sequence = next++;
    log->attempted++;
    writing = 1;
    const bool ok = write_sample(*ring, id, sequence, hint);
    writing = 0;
    if (!ok) log->dropped++;
    if (!ok) return;
    log->committed[id][sequence] = 1;
    log->written++;
    done++;
  }
};

thread_local Writer *interrupted_writer;
thread_local Writer *handler_writer;

void on_signal(int) {
  if (handler_writer == nullptr) return;
  if (interrupted_writer->writing) interrupted_writer->log->interrupted++;
  handler_writer->write();
}

void write_all(Ring &ring, Log &log) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGUSR1, &action, nullptr);
  std::atomic<uint32_t> running{kThreads};
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < kThreads; i++)
    threads.emplace_back([&, i] {
      Writer own{&ring, &log, i + 1, i * 7};
      Writer handlers{&ring, &log, kThreads + i + 1, i * 11};
      interrupted_writer = &own;
      handler_writer = &handlers;
      // On a busy machine the pestering may miss for a long time: go on until it hit once.
      while ((own.done < kPerThread || log.interrupted == 0) && own.next < kAttempts) {
        own.write();
        if (own.done % 64 == 63) sched_yield();
      }
      running--;
      while (running > 0) sched_yield();  // its thread id stays valid while others are still pestered
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_BLOCK, &all, nullptr);
    });
  while (running > 0)
    for (std::thread &thread : threads) pthread_kill(thread.native_handle(), SIGUSR1);
  for (std::thread &thread : threads) thread.join();
}

Log *shared_log() {
  return static_cast<Log *>(mmap(nullptr, sizeof(Log), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

}  // namespace

TEST(Ring, EveryCommittedRecordOfAnotherProcessArrivesOnceAndWhole) {
  const Mapping segment = make_segment();
  Log *log = shared_log();
  Child child([&] { write_all(map_segment(segment.fd()).segment()->ring, *log); });
  // Nobody reads until the ring has overflown.
  ASSERT_TRUE(within(std::chrono::seconds(60), [&] { return log->dropped > 0; }));
  Reader reader = read_segment(segment.fd());
  std::vector<std::set<uint64_t>> seen(kWriters + 1);
  uint64_t broken = 0, twice = 0;
  for (bool last = false, empty = false; !last || !empty;) {
    last = child.ended();  // before the look: what was committed by then is seen now
    const SampleColumns samples = columns_of(reader.drain(1000));
    empty = samples.count() == 0;
    for (uint32_t i = 0; i < samples.count(); i++) {
      if (!is_whole(samples, i))
        broken++;
      else if (!seen[samples.thread[i]].insert(static_cast<uint64_t>(samples.time_ns[i])).second)
        twice++;
    }
  }
  EXPECT_TRUE(child.exited_cleanly());
  EXPECT_EQ(broken, 0u);
  EXPECT_EQ(twice, 0u);
  uint64_t missing = 0, received = 0;
  for (uint32_t writer = 1; writer <= kWriters; writer++) {
    received += seen[writer].size();
    for (uint32_t i = 0; i < kAttempts; i++)
      if (log->committed[writer][i] && seen[writer].count(i) == 0) missing++;
  }
  EXPECT_EQ(missing, 0u);
  EXPECT_EQ(received, log->written.load());
  EXPECT_EQ(log->written + log->dropped, log->attempted);
  EXPECT_GE(log->written, kThreads * kPerThread);
  EXPECT_GT(log->dropped, 0u);
  EXPECT_GT(log->interrupted, 0u) << "no handler interrupted a writer: nothing was proven";
  EXPECT_EQ(reader.state().counters[kMalformed], 0u);
  munmap(log, sizeof(Log));
}

TEST(Ring, AWriterKilledInMidRecordStallsNobody) {
  const Mapping segment = make_segment();
  Ring &ring = segment.segment()->ring;
  for (int i = 0; i < 3; i++) {
    Child child([&] {
      const Mapping theirs = map_segment(segment.fd());
      uint32_t hint = 0;
      RingWrite write(theirs.segment()->ring, 4242, hint);
      std::memset(write.room(), 0xee, 100);
      ::kill(getpid(), SIGKILL);
    });
    ASSERT_TRUE(within(std::chrono::seconds(10), [&] { return child.ended(); }));
  }
  for (int i = 0; i < 3; i++) EXPECT_EQ(ring.chunk[i].owner.load(), 4242u);
  Reader reader = read_segment(segment.fd());
  uint32_t hint = 0;
  uint64_t received = 0;
  for (uint64_t i = 0; i < 20000; i++) {
    ASSERT_TRUE(write_sample(ring, 7, i, hint)) << i;
    if (i % 500 != 499) continue;
    const SampleColumns samples = columns_of(reader.drain(100000));
    for (uint32_t s = 0; s < samples.count(); s++) ASSERT_TRUE(is_whole(samples, s));
    received += samples.count();
  }
  EXPECT_EQ(received, 20000u);
  EXPECT_EQ(reader.state().counters[kMalformed], 0u);
}

TEST(Ring, AFullRingRefusesAndIsUsableAgainOnceRead) {
  const Mapping segment = make_segment();
  Ring &ring = segment.segment()->ring;
  Reader reader = read_segment(segment.fd());
  uint32_t hint = 0;
  for (int round = 0; round < 5; round++) {
    uint64_t written = 0;
    while (write_sample(ring, 9, written, hint)) written++;
    EXPECT_GT(written * (sizeof(StackSample) + 128 * 8), kChunkCount * kChunkData * 3ull / 4);
    uint64_t received = 0;
    for (bool drained = false; !drained;) {
      const SampleColumns samples = columns_of(reader.drain(333));
      ASSERT_LE(samples.count(), 333u);
      received += samples.count();
      drained = samples.drained;
    }
    EXPECT_EQ(received, written);
  }
}

TEST(Ring, AChunkThatWasHeldWhileItsLastByteWasReadIsGivenBackLater) {
  const Mapping segment = make_segment();
  Ring &ring = segment.segment()->ring;
  Reader reader = read_segment(segment.fd());
  uint32_t hint = 0;
  ASSERT_TRUE(write_sample(ring, 9, 0, hint));
  ring.chunk[0].owner.store(77);  // a writer that only looks
  EXPECT_EQ(reader.drain(10).count, 1u);
  EXPECT_NE(ring.chunk[0].committed.load(), 0u);
  ring.chunk[0].owner.store(0);
  EXPECT_EQ(reader.drain(10).count, 0u);
  EXPECT_EQ(ring.chunk[0].committed.load(), 0u);
}
