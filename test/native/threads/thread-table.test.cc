// Does every thread have one record of its own, as long as it lives and no longer?
// SPDX-License-Identifier: MPL-2.0
#include "threads/thread-table.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace pyro::threads {
namespace {

pid_t own_tid() { return static_cast<pid_t>(syscall(SYS_gettid)); }

// A door that threads wait at.
class Gate {
 public:
  void open() {
    const std::lock_guard<std::mutex> locked(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock<std::mutex> locked(mutex_);
    opened_.wait(locked, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

std::set<pid_t> known_tids() {
  std::set<pid_t> tids;
  for_each([](ThreadRecord &record, void *user) { static_cast<std::set<pid_t> *>(user)->insert(record.tid.load()); },
           &tids);
  return tids;
}

std::set<pid_t> living_tids() {
  std::set<pid_t> tids;
  DIR *dir = opendir("/proc/self/task");
  while (const dirent *entry = readdir(dir))
    if (const pid_t tid = atoi(entry->d_name)) tids.insert(tid);
  closedir(dir);
  return tids;
}

template <typename Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(ThreadTable, AThreadThatRegistersFindsItsRecordByOnePointer) {
  std::thread([] {
    EXPECT_EQ(current(), nullptr);
    ThreadRecord *record = register_current();
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(current(), record);
    EXPECT_EQ(record->tid.load(), own_tid());
    EXPECT_TRUE(record->claimed);
    EXPECT_EQ(record_at(record->index), record);
    EXPECT_EQ(register_current(), record) << "again is the same";
  }).join();
}

TEST(ThreadTable, AScanFindsThreadsThatNeverCameToUs) {
  Gate gate;
  std::atomic<pid_t> tid{0};
  std::thread foreign([&] {
    tid = own_tid();
    gate.wait();
    ThreadRecord *record = register_current();
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->driver, 7u) << "the record that the scan made is this thread's";
  });
  ASSERT_TRUE(eventually([&] { return tid != 0; }));
  scan();
  EXPECT_EQ(known_tids().count(tid), 1u);
  for_each(
      [](ThreadRecord &record, void *user) {
        if (record.tid.load() != *static_cast<pid_t *>(user)) return;
        EXPECT_FALSE(record.claimed);
        record.driver = 7;
      },
      &tid);
  gate.open();
  foreign.join();
}

TEST(ThreadTable, ARecordIsFreeForAnotherThreadOnceItsThreadIsGone) {
  pid_t tid = 0;
  ThreadRecord *record = nullptr;
  std::thread([&] {
    record = register_current();
    tid = own_tid();
    record->depth = 5;
    record->element = 99;
    record->cache[3] = {&tid, 1, &tid};
  }).join();
  ASSERT_TRUE(eventually([&] {
    scan();
    return record->tid.load() == 0;
  }));
  const uint32_t slots = record_count();
  std::thread([&] {
    ThreadRecord *next = register_current();
    EXPECT_EQ(next->depth, 0u);
    EXPECT_EQ(next->element.load(), 0u);
    for (const CacheEntry &entry : next->cache) EXPECT_EQ(entry.key, nullptr) << "nothing of the dead thread's is left";
  }).join();
  EXPECT_EQ(record_count(), slots) << "no new slot";
}

TEST(ThreadTable, ANumberGivenToAnotherThreadIsAnotherThread) {
  // The kernel gave the number of a dead thread to a new one: only the start time differs.
  static int gone;
  gone = 0;
  std::thread([] {
    ThreadRecord *record = register_current();
    watch({nullptr, [](ThreadRecord &) { gone++; }});
    record->depth = 9;
    record->start_ticks -= 1;  // as if it were the record of a thread before us
    ThreadRecord *ours = register_current();
    ASSERT_NE(ours, nullptr);
    EXPECT_EQ(ours->tid.load(), own_tid());
    EXPECT_EQ(ours->depth, 0u);
    EXPECT_EQ(gone, 1);
    watch({nullptr, nullptr});
  }).join();
}

TEST(ThreadTable, TheWatcherHearsOfEachThreadOnceAtEitherEnd) {
  static std::atomic<int> appeared, gone;
  ASSERT_TRUE(eventually([] {  // threads of tests before are gone, also from the kernel's list
    scan();
    return known_tids() == living_tids();
  }));
  appeared = gone = 0;
  watch({[](ThreadRecord &) { appeared++; }, [](ThreadRecord &) { gone++; }});
  Gate gate;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; i++)
    threads.emplace_back([&gate, i] {
      if (i % 2) register_current();
      gate.wait();
    });
  EXPECT_TRUE(eventually([] {
    scan();
    return appeared.load() == 20;
  }));
  gate.open();
  for (std::thread &thread : threads) thread.join();
  EXPECT_TRUE(eventually([] {
    scan();
    return gone.load() == 20;
  }));
  EXPECT_EQ(appeared.load(), 20);
  watch({nullptr, nullptr});
}

TEST(ThreadTable, ALivingThreadKeepsItsRecordWhileThousandsComeAndGo) {
  // /proc/self/task may leave living threads out when others end while it is read: that must not cost them their
  // record.
  constexpr int kRounds = 300, kBurst = 16, kLiving = 100;
  Gate gate;
  std::atomic<int> robbed{0}, wrong{0};
  std::atomic<bool> done{false};
  std::thread scanner([&] {
    while (!done) scan();
  });
  std::vector<std::thread> living, passing;
  const auto pass = [&wrong] {
    ThreadRecord *record = register_current();
    if (!record || record->tid.load() != own_tid()) wrong++;
  };
  const auto live = [&gate, &robbed] {
    ThreadRecord *record = register_current();
    gate.wait();
    if (record->tid.load() != own_tid() || current() != record) robbed++;
  };
  for (int round = 0; round < kRounds; round++) {
    // Those that stay come after those that end: the list of threads is in the order of their birth.
    for (int i = 0; i < kBurst; i++) passing.emplace_back(pass);
    if (round % (kRounds / kLiving) == 0) living.emplace_back(live);
    for (std::thread &thread : passing) thread.join();
    passing.clear();
  }
  done = true;
  scanner.join();
  gate.open();
  for (std::thread &thread : living) thread.join();
  EXPECT_EQ(robbed.load(), 0) << "of " << kLiving;
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_LT(record_count(), 1000u) << "records are used again: " << kRounds * kBurst << " threads were here";
}

TEST(ThreadTable, NoTwoLivingThreadsShareARecord) {
  constexpr int kThreads = 500;
  Gate gate;
  std::mutex mutex;
  std::set<ThreadRecord *> records;
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; i++)
    threads.emplace_back([&] {
      ThreadRecord *record = register_current();
      {
        const std::lock_guard<std::mutex> locked(mutex);
        records.insert(record);
      }
      ready++;
      gate.wait();
    });
  ASSERT_TRUE(eventually([&] { return ready == kThreads; }));
  EXPECT_GE(scan(), static_cast<uint32_t>(kThreads));
  gate.open();
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(records.size(), static_cast<size_t>(kThreads));
}

TEST(ThreadTable, AnIgnoredThreadIsNeverTakenIn) {
  Gate gate;
  std::atomic<pid_t> tid{0};
  std::thread hidden([&] {
    ignore_current();
    tid = own_tid();
    gate.wait();
  });
  ASSERT_TRUE(eventually([&] { return tid != 0; }));
  scan();
  EXPECT_EQ(known_tids().count(tid), 0u);
  gate.open();
  hidden.join();
}

TEST(ThreadTable, ANameIsReadWhateverIsInIt) {
  std::thread([] {
    for (const char *name : {"plain", "", "a) S 1 2 (b", "fifteen-letters"}) {
      prctl(PR_SET_NAME, name);
      char seen[16];
      ASSERT_TRUE(read_name(own_tid(), seen)) << name;
      EXPECT_STREQ(seen, name);
    }
    prctl(PR_SET_NAME, "a) S 1 2 (b");  // field 2 of stat, on the way to the start time
    ThreadRecord *record = register_current();
    EXPECT_GT(record->start_ticks, 0u);
  }).join();
  char seen[16];
  EXPECT_FALSE(read_name(1 << 30, seen)) << "gone";
}

TEST(ThreadTable, AForkedChildKnowsOnlyItself) {
  register_current();
  const pid_t pid = fork();
  if (pid == 0) {
    reset_after_fork();
    const bool forgotten = current() == nullptr && known_tids().empty();
    ThreadRecord *record = register_current();
    const bool own = record && record->tid.load() == own_tid() && known_tids() == std::set<pid_t>{own_tid()};
    scan();
    _exit(forgotten && own && known_tids() == living_tids() ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pyro::threads
