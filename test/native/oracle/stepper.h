// How is a thread of another process led through real code, one instruction at a time?
//
// The traced process is a fork of this one: every module lies at the same address in both, so this one's tables serve
// it. Its stacks are shared memory at the same address too, so this one's walker reads them as if they were its own.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "shadow-stack.h"

namespace pyro::oracle {

// What both processes see.
struct Mailbox {
  std::atomic<uint32_t> go;        // traced → may make its thread
  std::atomic<uint32_t> workload;  // number of the one that runs
  std::atomic<uint32_t> working;   // 0 between rounds
  std::atomic<uint32_t> enough;    // tracer → no more rounds of this workload
};

struct Arena {
  Mailbox *mailbox;
  StackBounds stack, alternate;  // where the traced thread works
};

// nullptr mailbox: out of memory.
Arena make_arena();

// Forks; `body` runs in a thread of the child, on the arena's stack. Steps that thread until it ends.
class Stepper {
 public:
  Stepper(const Arena &arena, void *(*body)(void *), void *user);
  ~Stepper();
  Stepper(const Stepper &) = delete;
  Stepper &operator=(const Stepper &) = delete;

  // False when the thread has ended or could not be traced: `error()` says why, nullptr for an ordinary end.
  bool step();
  // Without looking, to the end of the round.
  bool run_to_mark();
  const char *error() const { return error_; }

  const Registers &registers() const { return now_; }
  const ShadowStack &shadow() const { return shadow_; }
  // The stack up to where the thread's own data begins.
  StackBounds stack() const { return {arena_.stack.low, thread_pointer_}; }

 private:
  bool attach();
  bool read_registers();
  bool wait_for_stop(int *signal);
  bool fail(const char *why);

  Arena arena_;
  pid_t child_ = -1, thread_ = -1;
  int pending_signal_ = 0;
  bool over_ = false;
  const char *error_ = nullptr;
  uint64_t thread_pointer_ = 0;
  Registers now_{};
  ShadowStack shadow_;
};

// In the traced thread, where a round ends.
inline void mark() { __asm__ volatile("int3"); }

}  // namespace pyro::oracle
