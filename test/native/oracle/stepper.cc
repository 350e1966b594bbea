// How are process and thread traced?
// SPDX-License-Identifier: MPL-2.0
#include "stepper.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <new>

namespace pyro::oracle {
namespace {

constexpr size_t kStackBytes = 8u << 20;
constexpr size_t kAlternateBytes = 256u << 10;

StackBounds shared_memory(size_t bytes) {
  void *at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return {0, 0};
  return {reinterpret_cast<uint64_t>(at), reinterpret_cast<uint64_t>(at) + bytes};
}

// Both on one processor: a step is two switches, and nothing runs at the same time anyway.
void stay_here() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
}

void wait_for_end(pid_t id) {
  int status = 0;
  while (id > 0) {
    const pid_t seen = waitpid(id, &status, __WALL);
    if (seen < 0 && errno == EINTR) continue;
    if (seen < 0 || WIFEXITED(status) || WIFSIGNALED(status)) return;
  }
}

[[noreturn]] void be_traced(const Arena &arena, void *(*body)(void *), void *user) {
  while (arena.mailbox->go.load() == 0) usleep(1000);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, reinterpret_cast<void *>(arena.stack.low), arena.stack.high - arena.stack.low);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, body, user) != 0) _exit(1);
  pthread_join(thread, nullptr);
  _exit(0);
}

}  // namespace

Arena make_arena() {
  Arena arena{};
  arena.stack = shared_memory(kStackBytes);
  arena.alternate = shared_memory(kAlternateBytes);
  const StackBounds mailbox = shared_memory(4096);
  if (arena.stack.low && arena.alternate.low && mailbox.low)
    arena.mailbox = new (reinterpret_cast<void *>(mailbox.low)) Mailbox{};
  return arena;
}

Stepper::Stepper(const Arena &arena, void *(*body)(void *), void *user)
    : arena_(arena), shadow_(arena.stack, arena.alternate) {
  stay_here();
  child_ = fork();
  if (child_ == 0) be_traced(arena, body, user);
  if (child_ < 0)
    fail("cannot fork");
  else
    attach();
}

// The thread first: its process is not gone before the tracer of the thread has seen its end.
Stepper::~Stepper() {
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  if (!over_) wait_for_end(thread_);
  wait_for_end(child_);
}

bool Stepper::fail(const char *why) {
  over_ = true;
  error_ = why;
  return false;
}

bool Stepper::attach() {
  if (ptrace(PTRACE_SEIZE, child_, nullptr, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
    return fail("ptrace is not allowed");
  arena_.mailbox->go.store(1);
  int status;
  // The child's own thread reports the clone, the new one that it stands at its first instruction; in any order.
  for (bool cloned = false; !cloned || thread_ < 0;) {
    const pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0 || !WIFSTOPPED(status)) return fail("the traced process ended early");
    if (tid != child_)
      thread_ = tid;
    else if (cloned = cloned || status >> 16 == PTRACE_EVENT_CLONE; ptrace(PTRACE_CONT, child_, nullptr, nullptr) != 0)
      return fail("cannot go on");
  }
  return read_registers();
}

bool Stepper::read_registers() {
  user_regs_struct u;
  if (ptrace(PTRACE_GETREGS, thread_, nullptr, &u) != 0) return fail("cannot read registers");
  now_ = {
      u.rip,
      {u.rax, u.rdx, u.rcx, u.rbx, u.rsi, u.rdi, u.rbp, u.rsp, u.r8, u.r9, u.r10, u.r11, u.r12, u.r13, u.r14, u.r15}};
  thread_pointer_ = u.fs_base;
  return true;
}

// *signal = what would be delivered; 0 for a step that is done.
bool Stepper::wait_for_stop(int *signal) {
  int status;
  while (waitpid(thread_, &status, __WALL) < 0)
    if (errno != EINTR) return fail("lost the traced thread");
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    over_ = true;
    if (WIFSIGNALED(status)) error_ = "the traced thread was killed";
    return false;
  }
  *signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
  return true;
}

bool Stepper::step() {
  if (over_) return false;
  const Registers before = now_;
  const int delivering = pending_signal_;
  if (ptrace(PTRACE_SINGLESTEP, thread_, nullptr, reinterpret_cast<void *>(static_cast<long>(delivering))) != 0)
    return fail("cannot step");
  if (!wait_for_stop(&pending_signal_) || !read_registers()) return false;
  if (delivering != 0)
    shadow_.signal(before, now_);
  else
    shadow_.step(before, now_);
  return true;
}

bool Stepper::run_to_mark() {
  if (over_) return false;
  do {
    if (ptrace(PTRACE_CONT, thread_, nullptr, reinterpret_cast<void *>(static_cast<long>(pending_signal_))) != 0)
      return fail("cannot go on");
    if (!wait_for_stop(&pending_signal_)) return false;
  } while (pending_signal_ != 0);
  if (!read_registers()) return false;
  shadow_.leave_below(now_.r[unwind::kStackPointer]);
  return true;
}

}  // namespace pyro::oracle
