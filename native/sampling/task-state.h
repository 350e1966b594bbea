// Where does the kernel say that a thread waits? What /proc/self/task/<tid>/ tells, without disturbing it.
//
// For a blocked thread: the system call with its arguments, the stack pointer and the program counter that it returns
// to. Its other registers are not told. A process may always read this of its own threads, whatever Yama says; not so
// when it is not dumpable, has no /proc, or a sandbox has no such file.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

#include <cstdint>

namespace pyro::sampling {

enum class Task : uint8_t {
  kGone,
  kDenied,   // there is a thread, but no word about it
  kRunning,  // on a CPU, or waiting for one
  kBlocked,
};

struct Whereabouts {
  int16_t system_call = 0;  // its number, or wire::kWaitOutside
  uint64_t sp = 0, pc = 0;
};

// The file stays open between two readings of one look, never longer: descriptors are the application's.
class TaskFile {
 public:
  explicit TaskFile(pid_t tid);
  ~TaskFile();
  TaskFile(const TaskFile &) = delete;
  TaskFile &operator=(const TaskFile &) = delete;

  Task read(Whereabouts *where);
  // True: word for word what it said before, so the thread has not been anywhere else in between, or came back.
  bool unchanged();

 private:
  static constexpr int kTextBytes = 192;
  int read_text(char *text) const;

  int fd_;
  int error_ = 0;
  char text_[kTextBytes] = {};
  int length_ = 0;
};

// Does the thread block signal `number`? False where that may not be read.
bool blocks_signal(pid_t tid, int number);

// How long a thread was ready and waited for a CPU, nanoseconds since it exists; 0 where the kernel does not count it.
uint64_t run_delay(pid_t tid);

}  // namespace pyro::sampling
