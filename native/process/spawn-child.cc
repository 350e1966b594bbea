// What runs between clone and execve, in memory that still belongs to the target?
//
// Rules of this file: kernel calls only by raw_syscall and raw_clone, no allocation, no library function, no static
// data. Our thread is held (VFORK) or waits (keeper) while any of it runs but keep().
// SPDX-License-Identifier: MPL-2.0
#include "process/spawn-child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include <initializer_list>

#include "process/raw-syscall.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#endif

namespace pyro::process {
namespace {

constexpr uint64_t kNoSignals = 0;
constexpr unsigned kLastSignal = 64;

PYRO_IN_CHILD void quit(long code) {
  for (;;) raw_syscall(SYS_exit_group, code);
}

PYRO_IN_CHILD void fail(SpawnMemory *memory, const char *step, long result) {
  memory->step = step;
  memory->error = static_cast<int>(-result);
  quit(-result);
}

// Handlers are code of the application: none may run here. execve resets them too, but leaves ignored ones ignored.
PYRO_IN_CHILD void default_signals() {
  const uint64_t nothing[4] = {};  // the kernel's struct sigaction: SIG_DFL, no flags, no restorer, no mask
  for (unsigned number = 1; number <= kLastSignal; number++)
    raw_syscall(SYS_rt_sigaction, number, nothing, 0, sizeof kNoSignals);
}

// /dev/null; without one a memfd that can be neither written nor grown.
PYRO_IN_CHILD long open_nothing() {
  const long null = raw_syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
  if (null >= 0) return null;
  const long empty = raw_syscall(SYS_memfd_create, "nothing", 2 /* MFD_ALLOW_SEALING */);
  if (empty >= 0) raw_syscall(SYS_fcntl, empty, F_ADD_SEALS, 0xf /* SEAL, SHRINK, GROW, WRITE */);
  return empty;
}

PYRO_IN_CHILD void arrange_descriptors(SpawnMemory *memory) {
  const int segment = memory->request.fd;
  // First of all: the segment may be 0, 1 or 2 when the application closed those.
  const long moved = segment == 3 ? raw_syscall(SYS_fcntl, 3, F_SETFD, 0) : raw_syscall(SYS_dup3, segment, 3, 0);
  if (moved < 0) fail(memory, "dup3", moved);
  const long null = open_nothing();
  if (null < 0) fail(memory, "open /dev/null", null);
  for (long number = 0; number <= 2; number++) {
    const long copied = number == null ? 0 : raw_syscall(SYS_dup3, null, number, 0);
    if (copied < 0) fail(memory, "dup3", copied);
  }
  close_from(4);
}

// The thread that starts us may be of real time, or pinned to a CPU of its own; the agent runs as the target's main
// thread may run, without its priority. Giving up priority needs no permission.
PYRO_IN_CHILD void plain_scheduling(pid_t target) {
  const long policy = raw_syscall(SYS_sched_getscheduler, 0);
  const int no_priority = 0;
  if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE)
    raw_syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &no_priority);
  if (raw_syscall(SYS_getpriority, PRIO_PROCESS, 0) > 20)
    raw_syscall(SYS_setpriority, PRIO_PROCESS, 0, 0);  // 20 - nice
  uint64_t cpus[16];  // a kernel for more than 1024 refuses, and everything stays as it is
  const long bytes = raw_syscall(SYS_sched_getaffinity, target, sizeof cpus, cpus);
  if (bytes > 0) raw_syscall(SYS_sched_setaffinity, 0, bytes, cpus);
}

// Limits that a person set for the application's memory would keep Node from starting: it reserves gigabytes.
PYRO_IN_CHILD void own_memory_limits() {
  for (const int which : {RLIMIT_AS, RLIMIT_DATA}) {
    uint64_t limit[2];  // the kernel's struct: soft, hard
    if (raw_syscall(SYS_prlimit64, 0, which, 0, limit) != 0 || limit[0] == limit[1]) continue;
    limit[0] = limit[1];
    raw_syscall(SYS_prlimit64, 0, which, limit, 0);
  }
}

// A program that never comes up (Node waits for ever for threads that a limit refuses) is ended by the kernel, and
// another one is started; after the target's end the guard does it sooner. The agent turns it off when a thread of its
// own watches over its end (addon/exit-watch.cc).
PYRO_IN_CHILD void bound_start() {
  const long half_a_minute[4] = {0, 0, 30, 0};  // interval and value: seconds, microseconds
  raw_syscall(SYS_setitimer, ITIMER_REAL, half_a_minute, 0);
}

PYRO_IN_CHILD void settle_in(SpawnMemory *memory) {
  default_signals();
  raw_syscall(SYS_setsid);
  arrange_descriptors(memory);
  plain_scheduling(memory->target);
  own_memory_limits();
}

PYRO_IN_CHILD void become(SpawnMemory *memory, const char *path, char *const *argv) {
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kNoSignals, 0, sizeof kNoSignals);
  fail(memory, "execve", raw_syscall(SYS_execve, path, argv, memory->request.envp));
}

PYRO_IN_CHILD int agent_main(void *argument) {
  auto *memory = static_cast<SpawnMemory *>(argument);
  settle_in(memory);
  bound_start();
  become(memory, memory->request.path, memory->request.argv);
  return 0;
}

// Becomes descriptor `number` of the guard, the lowest that is free.
PYRO_IN_CHILD long hold_process(pid_t pid, int number) {
  const long held = raw_syscall(SYS_pidfd_open, pid, 0);
  if (held == number) raw_syscall(SYS_fcntl, held, F_SETFD, 0);
  return held;
}

// guard/start-guard.cc says what for. A target that is gone by now has no descriptor, and the guard takes that for what
// it is.
PYRO_IN_CHILD int guard_main(void *argument) {
  auto *memory = static_cast<SpawnMemory *>(argument);
  settle_in(memory);
  const long agent = hold_process(memory->agent, 4);
  if (agent < 0) fail(memory, "pidfd_open", agent);
  const long target = hold_process(memory->target, 5);
  if (target < 0 && target != -ESRCH) fail(memory, "pidfd_open", target);
  char name[] = "gst-pyro-guard";
  char *const argv[] = {name, nullptr};
  become(memory, memory->request.guard, argv);
  return 0;
}

// A start without a guard is a start all the same. The agent must not have been reaped: no other process has its id.
PYRO_IN_CHILD void start_guard(SpawnMemory *memory) {
  if (memory->request.guard == nullptr) return;
  raw_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, memory->guard_stack + kSpawnStack, guard_main, memory);
  memory->error = 0;
  memory->step = nullptr;
}

// Returns when the agent runs its own program or has failed; an agent that failed leaves no zombie.
PYRO_IN_CHILD void start(SpawnMemory *memory) {
  const unsigned long flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  const long pid = raw_clone(flags, memory->agent_stack + kSpawnStack, agent_main, memory);
  if (pid < 0) {
    memory->step = "clone";
    memory->error = static_cast<int>(-pid);
    return;
  }
  memory->agent = static_cast<pid_t>(pid);
  int status = 0;
  const long gone = raw_syscall(SYS_wait4, pid, &status, memory->error != 0 ? __WALL : __WALL | WNOHANG);
  if (gone == pid && memory->error == 0) memory->error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
  if (gone == 0) start_guard(memory);
}

struct KernelDirent {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

PYRO_IN_CHILD long number_of(const char *name) {
  long number = 0;
  for (; *name; name++) {
    if (*name < '0' || *name > '9') return -1;
    number = number * 10 + (*name - '0');
  }
  return number;
}

// For kernels before 5.9, and seccomp filters that never heard of close_range.
PYRO_IN_CHILD bool close_listed(unsigned first) {
  const long dir = raw_syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
  if (dir < 0) return false;
  alignas(8) char buffer[4096];
  for (long n; (n = raw_syscall(SYS_getdents64, dir, buffer, sizeof buffer)) > 0;) {
    for (long at = 0; at < n;) {
      const auto *entry = reinterpret_cast<const KernelDirent *>(buffer + at);
      const long fd = number_of(entry->name);
      if (fd >= static_cast<long>(first) && fd != dir) raw_syscall(SYS_close, fd);
      at += entry->length;
    }
  }
  raw_syscall(SYS_close, dir);
  return true;
}

PYRO_IN_CHILD bool target_replaced(pid_t self, pid_t target) {
  return raw_syscall(SYS_kcmp, self, target, 1 /* KCMP_VM */) > 0;  // execve: it no longer has the memory we share
}

// From here on the target runs again: nothing but the kernel and our own stack. Wakes at the end of agent and guard,
// and once a second to see whether the target still is what it was; else its memory would live on in us. Stays until
// both are gone: who is left would be the target's.
PYRO_IN_CHILD void keep(SpawnMemory *memory) {
  raw_syscall(SYS_setsid);
  raw_syscall(SYS_prctl, PR_SET_NAME, "gst-pyro-keeper");
  close_from(0);
  const pid_t target = memory->target;
  const auto self = static_cast<pid_t>(raw_syscall(SYS_getpid));
  const uint64_t child_ended = 1ull << (SIGCHLD - 1);
  const timespec second{1, 0};
  for (long gone; (gone = raw_syscall(SYS_wait4, -1, 0, WNOHANG)) >= 0;) {
    if (gone > 0) continue;
    if (raw_syscall(SYS_getppid) != target || target_replaced(self, target)) return;
    raw_syscall(SYS_rt_sigtimedwait, &child_ended, 0, &second, sizeof child_ended);
  }
}

}  // namespace

PYRO_IN_CHILD void close_from(unsigned first) {
  if (raw_syscall(SYS_close_range, first, ~0u, 0) == 0 || close_listed(first)) return;
  uint64_t limit[2] = {1024, 1024};
  raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, limit);
  const unsigned end = limit[0] > 1u << 20 ? 1u << 20 : static_cast<unsigned>(limit[0]);
  for (unsigned fd = first; fd < end; fd++) raw_syscall(SYS_close, fd);
}

PYRO_IN_CHILD int helper_main(void *argument) {
  auto *memory = static_cast<SpawnMemory *>(argument);
  default_signals();  // where SIGCHLD is ignored the kernel reaps
  start(memory);
  quit(memory->error);
  return 0;
}

PYRO_IN_CHILD int keeper_main(void *argument) {
  auto *memory = static_cast<SpawnMemory *>(argument);
  default_signals();  // an ignored SIGCHLD would never wake us
  start(memory);
  const int error = memory->error;
  memory->settled = 1;
  raw_syscall(SYS_futex, &memory->settled, kFutexWake, 1);
  if (error == 0) keep(memory);
  quit(error);
  return 0;
}

}  // namespace pyro::process
