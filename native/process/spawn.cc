// How is a program started so that the process it starts from never notices?
//
// Why not fork or posix_spawn: both make a child whose end is a SIGCHLD and an answer for waitpid(-1), and fork runs
// the application's atfork handlers and copies its page tables. posix_spawn of a small intermediate would hide the
// agent but not the intermediate. So: raw clone, twice.
//
//   our thread ──clone(VM|VFORK, exit signal 0)──► helper ──clone(VM|VFORK, SIGCHLD)──► agent: settles in, execve
//                                                         └─the same───────────────► guard (guard/start-guard.cc)
//
// A child with exit signal 0 sends nothing when it ends and is no answer to waitpid(-1), only to __WCLONE or __WALL,
// which we use and applications do not. The helper ends as soon as the agent runs its own program; the agent is then an
// orphan and belongs to init. VFORK holds our thread until then, so that children may use its memory and stack safely;
// VM alone copies nothing, whatever the size of the process. No other flag: valgrind knows exactly this pair, and makes
// a fork of it; therefore errors also travel as exit codes.
//
// One case needs more. If this process is PID 1 or a child subreaper, orphans come back to *it*: `while (wait(0) > 0)`
// would not end while the agent waits for us to end. There the helper stays as "keeper" (spawn-child.cc); where it
// cannot, one orphan is enough: there is no guard. Nor under valgrind, which complains of system calls that it does not
// know.
//
// An emulator of another processor (qemu-user, as in a container for one) knows clone as vfork and pthread_create use
// it, and refuses the exit signal 0 with EINVAL, which no kernel does. There the helper is a child like any other: one
// SIGCHLD, for an instant one answer to waitpid(-1); better than a pipeline without a profile. It makes forks of all,
// and holds nobody: what the children leave for us is in memory that is shared.
// SPDX-License-Identifier: MPL-2.0
#include "process/spawn.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "process/raw-syscall.h"
#include "process/spawn-child.h"

namespace pyro::process {
namespace {

struct KernelSignals {
  uint64_t bits = ~0ull;
};

// libc's own functions leave out its two internal signals; a handler of either must not run in a child of ours.
void set_mask(const KernelSignals &set, KernelSignals *old) {
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, old, sizeof set);
}

bool adopts_orphans() {
  int subreaper = 0;
  return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &subreaper) == 0 && subreaper != 0);
}

// The keeper cannot be emulated by a fork, which is all that valgrind has.
bool under_valgrind() {
  for (char **at = environ; at && *at; at++)
    if (strncmp(*at, "LD_PRELOAD=", 11) == 0 && strstr(*at, "vgpreload")) return true;
  return false;
}

// The keeper that still lives, or is a zombie, and its memory.
pid_t keeper_pid = 0;
pid_t keeper_owner = 0;  // differs in a forked child, which has no keeper
SpawnMemory *keeper_memory = nullptr;

void reap_keeper() {
  if (!keeper_memory || keeper_owner != getpid()) return;
  const long got = raw_syscall(SYS_wait4, keeper_pid, 0, WNOHANG | __WALL);
  if (got == 0) return;
  munmap(keeper_memory, sizeof(SpawnMemory));
  keeper_memory = nullptr;
}

// The application's loop over waitpid(-1, __WALL) may have been faster (ECHILD): then the memory says what happened.
void wait_for_helper(long helper, SpawnMemory *memory) {
  int status = 0;
  const long got = raw_syscall(SYS_wait4, helper, &status, __WALL);
  if (got != helper || memory->error != 0) return;
  if (WIFSIGNALED(status))
    memory->error = EINTR;
  else
    memory->error = WEXITSTATUS(status);
}

// Until the agent runs, or the keeper is dead (any process may be killed at any time).
void wait_for_keeper(long keeper, SpawnMemory *memory) {
  const timespec patience{0, 100'000'000};
  while (memory->settled == 0) {
    raw_syscall(SYS_futex, &memory->settled, kFutexWait, 0, &patience);
    if (memory->settled == 0 && raw_syscall(SYS_wait4, keeper, 0, WNOHANG | __WALL) != 0) {
      if (memory->error == 0) memory->error = EINTR;
      return;
    }
  }
  if (memory->error != 0) {
    raw_syscall(SYS_wait4, keeper, 0, __WALL);
    return;
  }
  keeper_pid = static_cast<pid_t>(keeper);
  keeper_owner = getpid();
  keeper_memory = memory;
}

void run_helper(SpawnMemory *memory, bool keep) {
  KernelSignals before;
  set_mask(KernelSignals{}, &before);
  const unsigned long flags = keep ? CLONE_VM | CLONE_UNTRACED : CLONE_VM | CLONE_VFORK;
  char *const stack = memory->helper_stack + kSpawnStack;
  long helper = raw_clone(flags, stack, keep ? keeper_main : helper_main, memory);
  if (helper == -EINVAL) {
    if (keep) memory->request.guard = nullptr;  // one orphan is enough
    keep = false;
    helper = raw_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, stack, helper_main, memory);
  }
  if (helper < 0) {
    memory->error = static_cast<int>(-helper);
    memory->step = "clone";
  } else if (keep) {
    wait_for_keeper(helper, memory);
  } else {
    wait_for_helper(helper, memory);
  }
  set_mask(before, nullptr);
}

}  // namespace

SpawnResult spawn_unseen(const SpawnRequest &request) {
  const int errno_before = errno;
  reap_keeper();
  void *at = mmap(nullptr, sizeof(SpawnMemory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    const SpawnResult failed{0, errno, "mmap"};
    errno = errno_before;
    return failed;
  }
  auto *memory = static_cast<SpawnMemory *>(at);  // zeros
  memory->request = request;
  memory->target = getpid();
  const bool adopts = adopts_orphans(), valgrind = under_valgrind();
  const bool keep = adopts && !keeper_memory && !valgrind;
  if (valgrind || (adopts && !keep)) memory->request.guard = nullptr;
  run_helper(memory, keep);
  const char *step = memory->error == 0 ? "" : memory->step ? memory->step : "the helper process";
  const SpawnResult result{memory->error == 0 ? memory->agent : 0, memory->error, step};
  if (memory != keeper_memory) munmap(memory, sizeof(SpawnMemory));
  errno = errno_before;
  return result;
}

}  // namespace pyro::process
