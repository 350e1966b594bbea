// How do threads get their records, and how do records get free again?
// SPDX-License-Identifier: MPL-2.0
#include "threads/thread-table.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "threads/live.h"

namespace pyro::threads {
namespace detail {
__thread ThreadRecord *t_record __attribute__((tls_model("initial-exec"))) = nullptr;
}

namespace {

pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
std::atomic<ThreadRecord *> slots[kMaxThreads];
std::atomic<uint32_t> used_slots{0};
Watcher watcher{nullptr, nullptr};
constexpr uint32_t kMaxIgnored = 8;
std::atomic<pid_t> ignored[kMaxIgnored];

class Locked {
 public:
  Locked() { pthread_mutex_lock(&table_mutex); }
  ~Locked() { pthread_mutex_unlock(&table_mutex); }
};

pid_t own_tid() { return static_cast<pid_t>(syscall(SYS_gettid)); }

bool is_ignored(pid_t tid) {
  for (const std::atomic<pid_t> &one : ignored)
    if (one.load(std::memory_order_relaxed) == tid) return true;
  return false;
}

// Field 22 of the thread's stat, 0 when unknown. Field 2 may hold anything, its closing parenthesis is the last one.
uint64_t start_ticks_of(pid_t tid) {
  char text[512];
  if (read_task_file(tid, "stat", text, sizeof text) <= 0) return 0;
  const char *at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, nullptr, 10) : 0;
}

// A directory has a link from each directory in it. 0 without /proc.
nlink_t link_count() {
  struct stat task {};
  return stat("/proc/self/task", &task) == 0 ? task.st_nlink : 0;
}

std::atomic<uint64_t> seen_ever{0};
nlink_t links_at_scan = 0;  // background thread only

ThreadRecord *find(pid_t tid) {
  const uint32_t count = used_slots.load(std::memory_order_relaxed);
  for (uint32_t i = 0; i < count; i++) {
    ThreadRecord *record = slots[i].load(std::memory_order_relaxed);
    if (record->tid.load(std::memory_order_relaxed) == tid) return record;
  }
  return nullptr;
}

// A listing of /proc/self/task ends early when the thread it stands at ends: not listed is not gone. A record taken
// from a living thread would serve two.
bool is_gone(pid_t tid) { return syscall(SYS_tgkill, getpid(), tid, 0) != 0 && errno == ESRCH; }

void release(ThreadRecord &record) {
  if (watcher.gone) watcher.gone(record);
  record.tid.store(0, std::memory_order_release);
}

void clear(ThreadRecord &record) {
  record.element.store(0, std::memory_order_relaxed);
  record.depth = 0;
  record.driver = 0;
  record.driver_changes = 0;
  record.session = 0;
  record.passes = &kNonePassed;
  record.stack_from = 0;
  record.stack_high = 0;
  record.pusher.store(0, std::memory_order_relaxed);
  record.pusher_changes.store(0, std::memory_order_relaxed);
  record.name.store(0, std::memory_order_relaxed);
  record.number.store(0, std::memory_order_relaxed);
  record.numbered_name = 0;
  record.name_looks = 0;
  record.claimed = false;
  record.timer_refused = false;
  record.left_alone.store(false, std::memory_order_relaxed);
  record.cpu_at_arm_ns = 0;
  record.cpu_last_ns = 0;
  record.cpu_asked_ns = record.cpu_silent_ns = 0;
  record.blocks_signal = false;
  record.booked_ns.store(0, std::memory_order_relaxed);
  record.unseen_ns.store(0, std::memory_order_relaxed);
  memset(record.cache, 0, sizeof record.cache);
}

ThreadRecord *free_record() {
  if (ThreadRecord *record = find(0)) return record;
  const uint32_t count = used_slots.load(std::memory_order_relaxed);
  if (count == kMaxThreads) return nullptr;
  ThreadRecord *record = new (std::nothrow) ThreadRecord;
  if (!record) return nullptr;
  record->index = count;
  slots[count].store(record, std::memory_order_release);
  used_slots.store(count + 1, std::memory_order_release);  // partner: record_count
  return record;
}

// Under the lock: the record of a living thread, made if it is new.
ThreadRecord *adopt(pid_t tid, uint64_t start_ticks, bool alone = false) {
  ThreadRecord *record = find(tid);
  const bool both_known =
      record && record->start_ticks != 0 && start_ticks != 0;  // 0: no descriptor was free to read it
  if (both_known && record->start_ticks != start_ticks) {      // the kernel gave the number to another thread
    release(*record);
    record = nullptr;
  }
  if (record) return record;
  record = free_record();
  if (!record) {
    count(wire::kThreadsOverflow);
    return nullptr;
  }
  clear(*record);
  if (alone) leave_alone(*record);
  seen_ever.fetch_add(1, std::memory_order_relaxed);
  record->start_ticks = start_ticks;
  record->tid.store(tid, std::memory_order_release);
  if (watcher.appeared) watcher.appeared(*record);
  return record;
}

// It cannot be timed, and a tick would be its end.
void give_up(pid_t tid, uint64_t start_ticks) {
  const Locked locked;
  ThreadRecord *record = adopt(tid, start_ticks, true);
  if (!record || record->left_alone.load(std::memory_order_relaxed)) return;
  leave_alone(*record);
  if (watcher.gone) watcher.gone(*record);
}

}  // namespace

void leave_alone(ThreadRecord &record) {
  if (!record.left_alone.exchange(true, std::memory_order_relaxed)) count(wire::kLeftAlone);
}

bool is_timeless() {
#ifdef __x86_64__
  int mode = PR_TSC_ENABLE;
  return prctl(PR_GET_TSC, &mode, 0, 0, 0) == 0 && mode == PR_TSC_SIGSEGV;
#else
  return false;
#endif
}

ThreadRecord *record_at(uint32_t index) {
  return index < kMaxThreads ? slots[index].load(std::memory_order_acquire) : nullptr;
}

uint32_t record_count() { return used_slots.load(std::memory_order_acquire); }

ThreadRecord *register_current() {
  const pid_t tid = own_tid();
  const uint64_t start = start_ticks_of(tid);
  if (is_timeless()) {
    give_up(tid, start);
    return nullptr;
  }
  const Locked locked;
  ThreadRecord *record = adopt(tid, start);
  if (record) record->claimed = true;
  detail::t_record = record;
  return record;
}

void watch(const Watcher &new_watcher) {
  const Locked locked;
  watcher = new_watcher;
}

void ignore_current() {
  for (std::atomic<pid_t> &one : ignored) {
    pid_t nobody = 0;
    if (one.compare_exchange_strong(nobody, own_tid())) return;
  }
}

void for_each_ignored(void (*visit)(pid_t, void *), void *user) {
  for (const std::atomic<pid_t> &one : ignored)
    if (const pid_t tid = one.load(std::memory_order_relaxed)) visit(tid, user);
}

uint64_t threads_seen() { return seen_ever.load(std::memory_order_relaxed); }

bool number_changed() { return link_count() != links_at_scan; }

uint32_t scan() {
  DIR *dir = opendir("/proc/self/task");
  if (!dir) return 0;
  links_at_scan = link_count();
  static uint32_t round = 0;
  static uint32_t seen_in[kMaxThreads];  // by record index; one scanner at a time
  round++;
  uint32_t living = 0;
  const Locked locked;
  while (const dirent *entry = readdir(dir)) {
    const pid_t tid = atoi(entry->d_name);
    if (tid <= 0 || is_ignored(tid)) continue;
    living++;
    ThreadRecord *record = find(tid);
    if (!record) record = adopt(tid, start_ticks_of(tid));
    if (record) seen_in[record->index] = round;
  }
  closedir(dir);
  for (uint32_t i = 0; i < used_slots.load(std::memory_order_relaxed); i++) {
    ThreadRecord *record = slots[i].load(std::memory_order_relaxed);
    const pid_t tid = record->tid.load(std::memory_order_relaxed);
    if (tid != 0 && seen_in[i] != round && is_gone(tid)) release(*record);
  }
  return living;
}

void for_each(void (*visit)(ThreadRecord &, void *), void *user) {
  const Locked locked;
  for (uint32_t i = 0; i < used_slots.load(std::memory_order_relaxed); i++) {
    ThreadRecord *record = slots[i].load(std::memory_order_relaxed);
    if (record->tid.load(std::memory_order_relaxed) != 0) visit(*record, user);
  }
}

bool read_name(pid_t tid, char (&name)[16]) {
  char text[32];
  const ssize_t n = read_task_file(tid, "comm", text, sizeof text);
  if (n <= 0) return false;
  size_t length = static_cast<size_t>(n);
  if (text[length - 1] == '\n') length--;
  if (length > sizeof name - 1) length = sizeof name - 1;
  memcpy(name, text, length);
  name[length] = 0;
  return true;
}

ssize_t read_task_file(pid_t tid, const char *name, char *text, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/%s", tid, name);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t n = read(fd, text, size - 1);
  close(fd);
  if (n >= 0) text[n] = 0;
  return n;
}

int start_own_thread(void *(*run)(void *), void *argument) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, run, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == 0) pthread_detach(thread);
  return error;
}

void lock_table() { pthread_mutex_lock(&table_mutex); }
void unlock_table() { pthread_mutex_unlock(&table_mutex); }

void reset_after_fork() {
  // Timers and the other threads stayed with the parent: forget them without touching timer ids that are not ours.
  for (uint32_t i = 0; i < used_slots.load(std::memory_order_relaxed); i++) {
    ThreadRecord *record = slots[i].load(std::memory_order_relaxed);
    record->timer = -1;
    record->perf_fd = -1;
    record->ring = nullptr;  // not mapped here
    record->period_ns.store(0, std::memory_order_relaxed);
    record->tid.store(0, std::memory_order_relaxed);
  }
  for (std::atomic<pid_t> &one : ignored) one.store(0, std::memory_order_relaxed);
  detail::t_record = nullptr;
}

}  // namespace pyro::threads
