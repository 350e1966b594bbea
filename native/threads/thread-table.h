// Which threads does this process have, and which record is whose?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "threads/thread-record.h"
#include "wire/records.h"

namespace pyro::threads {

inline constexpr uint32_t kMaxThreads = wire::kMaxThreadNumber;

// The record in a slot, nullptr if none was ever made. Signal-safe.
ThreadRecord *record_at(uint32_t index);
// Slots ever used: [0, record_count()).
uint32_t record_count();

// Makes the calling thread known (not in a handler). nullptr when the table is full, memory is out, or the thread may
// not read the time: counted, untimed.
ThreadRecord *register_current();

// A thread that must not be touched: counted once. Under the table's lock.
void leave_alone(ThreadRecord &record);
// True: the calling thread may not read the time stamp counter (PR_SET_TSC), so no clock either. The next reading would
// end the process.
bool is_timeless();

// What the owner of the sampling engine wants to do when a thread appears or is gone. Both run under the table's lock.
struct Watcher {
  void (*appeared)(ThreadRecord &record);
  void (*gone)(ThreadRecord &record);
};
void watch(const Watcher &watcher);

// The threads of our own (ignore_current).
void for_each_ignored(void (*visit)(pid_t, void *), void *user);

// Background thread: registers threads found in /proc/self/task, recycles records of dead ones. The caller's own
// thread and others marked by ignore_current() are left out. Returns the number of living threads.
uint32_t scan();
// Threads that got a record so far, by a scan or by themselves.
uint64_t threads_seen();
// Has the number of threads changed since the last scan? One system call; a thread that takes another's place is
// missed.
bool number_changed();
void ignore_current();

// Runs `visit` for every living record under the table's lock.
void for_each(void (*visit)(ThreadRecord &record, void *user), void *user);

// The name of a thread (15 bytes at most) into `name`; false when it is gone.
bool read_name(pid_t tid, char (&name)[16]);

// Around fork: the lock must not be held by a thread that the child does not have.
// Into `text`, zero-terminated: /proc/self/task/<tid>/<name>. Its length, or what open() or read() said.
ssize_t read_task_file(pid_t tid, const char *name, char *text, size_t size);
// Starts a detached thread of ours with all signals blocked: the host's are for its own threads. 0 or an
// errno.
int start_own_thread(void *(*run)(void *), void *argument);

void lock_table();
void unlock_table();
// In a child: forgets every thread but the calling one.
void reset_after_fork();

}  // namespace pyro::threads
