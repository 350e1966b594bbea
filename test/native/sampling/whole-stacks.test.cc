// Does blocked time come on a whole stack, and none that its thread was ready for?
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "sampling/deferred.h"
#include "sampling/task-state.h"
#include "sampling/wall-harness.h"
#include "threads/thread-table.h"

namespace pyro {
namespace {

using testing::is_ours;
using testing::live;
using testing::Sample;
using testing::Wall;
using testing::Worker;

// Until the sampler has written so many samples more; this thread moves meanwhile, so that there are some.
void wait_for_samples(uint64_t count) {
  const uint64_t enough = live().counters.get(wire::kWallWritten) + count;
  while (live().counters.get(wire::kWallWritten) < enough) poll(nullptr, 0, 2);
}

int wait_in(int pipe_end) {
  char byte;
  return static_cast<int>(read(pipe_end, &byte, 1));
}

// An instrumented call keeps a frame pointer, and the nearest that fits leads past a library that is not known yet.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kLibraryIsPassed = true;
#else
constexpr bool kLibraryIsPassed = false;
#endif

// A thread that waits with a library on its stack that was loaded after the tables were built.
class InNewLibrary {
 public:
  InNewLibrary() {
    if (pipe2(ends_, O_CLOEXEC) != 0) return;
    library_ = dlopen(COME_AND_GO, RTLD_NOW | RTLD_LOCAL);
    const auto call =
        reinterpret_cast<int (*)(int (*)(int), int)>(library_ ? dlsym(library_, "come_and_wait") : nullptr);
    if (!call) return;
    code_ = reinterpret_cast<uint64_t>(call);
    const int end = ends_[0];
    worker_ = std::make_unique<Worker>([call, end] { call(wait_in, end); });
  }
  ~InNewLibrary() {
    close(ends_[0]);
    close(ends_[1]);
    if (library_) dlclose(library_);
  }
  InNewLibrary(const InNewLibrary &) = delete;
  InNewLibrary &operator=(const InNewLibrary &) = delete;

  uint64_t code() const { return code_; }
  uint64_t wall_ns() const { return worker_->wall_ns(); }
  // Until a walk has asked for what it needs.
  static void wait_until_met() {
    for (int i = 0; i < 200 && !unwind::ModuleMap::instance().wants_refresh(); i++) wait_for_samples(1);
  }
  void end() {
    ASSERT_EQ(1, write(ends_[1], "x", 1));
    worker_->join();
    threads::scan();
    sampling::flush_off_cpu(live());
  }

 private:
  int ends_[2] = {-1, -1};
  void *library_ = nullptr;
  uint64_t code_ = 0;
  std::unique_ptr<Worker> worker_;
};

std::vector<Sample> reads() {
  std::vector<Sample> all;
  for (Sample &sample : testing::drain(live()))
    if (sample.head.header.kind == wire::kRecordBlockedSample && is_ours(sample) && sample.head.system_call == SYS_read)
      all.push_back(std::move(sample));
  return all;
}

bool has_frame_in(const Sample &sample, uint64_t function) {
  for (const uint64_t frame : sample.frames)
    if (unwind::test::raw_address(frame) - function < 64) return true;
  return false;
}

TEST_F(Wall, a_thread_that_blocked_before_there_was_a_table_is_looked_at_again_once_there_is_one) {
  if (kLibraryIsPassed) GTEST_SKIP();
  InNewLibrary thread;
  ASSERT_NE(0u, thread.code());
  const uint64_t begin = testing::now();
  InNewLibrary::wait_until_met();
  wait_for_samples(20);  // looked at often enough to be taken for what there is
  // A walk asks for one table after the other.
  for (int i = 0; i < 4; i++) {
    unwind::test::refresh_and_tag();
    wait_for_samples(5);
  }
  const bool in_time = testing::now() - begin < sampling::kBlockedPatienceNs;
  wait_for_samples(20);
  thread.end();
  const std::vector<Sample> samples = reads();
  ASSERT_FALSE(samples.empty());
  uint64_t booked = 0, whole = 0;
  for (const Sample &sample : samples) {
    booked += sample.head.weight_ns;
    whole += sample.head.end == wire::kEndRoot ? sample.head.weight_ns : 0;
  }
  EXPECT_EQ(wire::kEndRoot, samples.back().head.end);
  EXPECT_TRUE(has_frame_in(samples.back(), thread.code()));
  EXPECT_NEAR(static_cast<double>(booked) / static_cast<double>(thread.wall_ns()), 1.0, 0.1);
  // Where this machine let the table wait for seconds, what was written till then is in part.
  if (in_time) {
    EXPECT_EQ(booked, whole);
  }
}

TEST_F(Wall, a_stack_whose_table_never_comes_is_written_as_far_as_it_is_known_and_counted_once_it_is_written) {
  if (kLibraryIsPassed) GTEST_SKIP();
  const uint64_t unfinished = live().counters.get(wire::kWallUnfinished);
  InNewLibrary thread;
  ASSERT_NE(0u, thread.code());
  InNewLibrary::wait_until_met();
  wait_for_samples(20);
  thread.end();
  const std::vector<Sample> samples = reads();
  ASSERT_FALSE(samples.empty());
  uint64_t booked = 0;
  for (const Sample &sample : samples) {
    EXPECT_NE(wire::kEndRoot, sample.head.end);
    EXPECT_GE(sample.head.depth, 2) << "the call, and who made it";
    booked += sample.head.weight_ns;
  }
  EXPECT_NEAR(static_cast<double>(booked) / static_cast<double>(thread.wall_ns()), 1.0, 0.1);
  EXPECT_EQ(unfinished + samples.size(), live().counters.get(wire::kWallUnfinished));
}

TEST_F(Wall, a_thread_that_moved_on_before_there_was_a_table_has_its_stack_walked_when_there_is_one) {
  if (kLibraryIsPassed) GTEST_SKIP();
  sampling::keep_deferred();
  InNewLibrary thread;
  ASSERT_NE(0u, thread.code());
  InNewLibrary::wait_until_met();
  wait_for_samples(20);
  thread.end();
  EXPECT_TRUE(reads().empty()) << "put aside";
  for (int i = 0; i < 6 && sampling::deferred_count() > 0; i++) {
    unwind::test::refresh_and_tag();
    sampling::walk_deferred(live(), sampling::Tables::kBuilt);
  }
  const std::vector<Sample> samples = reads();
  ASSERT_FALSE(samples.empty());
  uint64_t booked = 0;
  for (const Sample &sample : samples) {
    EXPECT_EQ(wire::kEndRoot, sample.head.end);
    EXPECT_TRUE(has_frame_in(sample, thread.code()));
    EXPECT_TRUE(is_ours(sample));
    booked += sample.head.weight_ns;
  }
  EXPECT_NEAR(static_cast<double>(booked) / static_cast<double>(thread.wall_ns()), 1.0, 0.1);
  EXPECT_EQ(0u, sampling::deferred_count());
}

// So many threads on one CPU that each waits most of the time for its turn.
constexpr int kRivals = 6;

void stay_on_one_cpu() {
  cpu_set_t all, one;
  CPU_ZERO(&all);
  sched_getaffinity(0, sizeof all, &all);
  int first = 0;
  while (!CPU_ISSET(first, &all)) first++;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  sched_setaffinity(0, sizeof one, &one);
}

TEST_F(Wall, what_a_thread_waited_for_a_cpu_is_booked_on_no_stack_that_it_blocks_in_later) {
  std::atomic<bool> over{false};
  std::vector<std::thread> rivals;
  for (int i = 0; i < kRivals; i++)
    rivals.emplace_back([&] {
      stay_on_one_cpu();
      while (!over.load()) testing::burn(1000000);
    });
  const uint64_t runnable = live().counters.get(wire::kWallRunnable);
  uint64_t polled = 0, ready = 0;
  for (int i = 0; i < 6; i++) {
    Worker worker([&] {
      const auto tid = static_cast<pid_t>(syscall(SYS_gettid));
      cpu_set_t before;
      sched_getaffinity(0, sizeof before, &before);
      const uint64_t delay = sampling::run_delay(tid);
      stay_on_one_cpu();
      testing::burn(12000000);
      sched_setaffinity(0, sizeof before, &before);
      ready += sampling::run_delay(tid) - delay;
      const uint64_t begin = testing::now();
      poll(nullptr, 0, 100);
      polled += testing::now() - begin;
    });
    worker.join();
  }
  over.store(true);
  for (std::thread &rival : rivals) rival.join();
  threads::scan();
  sampling::flush_off_cpu(live());
  testing::Waits waits = testing::drain_waits(is_ours);
  EXPECT_GT(ready, polled / 4) << "or nothing is shown";
  const double too_much = static_cast<double>(waits[SYS_poll]) - static_cast<double>(polled);
  EXPECT_LT(too_much, 0.2 * static_cast<double>(ready)) << ready << " ns ready, " << polled << " ns in poll";
  EXPECT_GT(static_cast<double>(waits[wire::kWaitCpu]), 0.8 * static_cast<double>(ready));
  EXPECT_GT(live().counters.get(wire::kWallRunnable), runnable);
}

}  // namespace
}  // namespace pyro
