// How are the files of a thread read?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/task-state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "threads/thread-table.h"
#include "wire/records.h"

namespace pyro::sampling {
namespace {

constexpr int64_t kMostSystemCalls = 4096;

int open_task_file(pid_t tid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/%s", tid, name);
  return open(path, O_RDONLY | O_CLOEXEC);
}

// "nr arg0 … arg5 sp pc", or "-1 sp pc" outside of any system call: the last two words.
bool parse(const char *text, Whereabouts *where) {
  char *end = nullptr;
  const long number = strtol(text, &end, 10);
  if (end == text || number < -1 || number >= kMostSystemCalls) return false;
  where->system_call = static_cast<int16_t>(number);
  static_assert(wire::kWaitOutside == -1, "as the kernel says it");
  const char *last = strrchr(text, ' ');
  if (!last || last == text) return false;
  const char *before = static_cast<const char *>(memrchr(text, ' ', static_cast<size_t>(last - text)));
  if (!before) return false;
  where->sp = strtoull(before, nullptr, 16);
  where->pc = strtoull(last, nullptr, 16);
  return where->sp != 0 && where->pc != 0;
}

}  // namespace

TaskFile::TaskFile(pid_t tid) : fd_(open_task_file(tid, "syscall")) {
  if (fd_ < 0) error_ = errno;
}

TaskFile::~TaskFile() {
  if (fd_ >= 0) close(fd_);
}

int TaskFile::read_text(char *text) const {
  const ssize_t n = pread(fd_, text, kTextBytes - 1, 0);
  text[n > 0 ? n : 0] = 0;
  return static_cast<int>(n);
}

Task TaskFile::read(Whereabouts *where) {
  if (fd_ < 0) return access("/proc/self/task", F_OK) == 0 && error_ == ENOENT ? Task::kGone : Task::kDenied;
  length_ = read_text(text_);
  if (length_ <= 0) return length_ < 0 && errno == ESRCH ? Task::kGone : Task::kDenied;
  if (strncmp(text_, "running", 7) == 0) return Task::kRunning;
  return parse(text_, where) ? Task::kBlocked : Task::kDenied;
}

bool TaskFile::unchanged() {
  char now[kTextBytes];
  const int length = read_text(now);
  return length == length_ && length > 0 && memcmp(now, text_, static_cast<size_t>(length)) == 0;
}

// "cpu_ns delay_ns slices"
bool blocks_signal(pid_t tid, int number) {
  char text[4096];
  if (threads::read_task_file(tid, "status", text, sizeof text) <= 0) return false;
  const char *mask = strstr(text, "\nSigBlk:");
  return mask && (strtoull(mask + sizeof "\nSigBlk:" - 1, nullptr, 16) >> (number - 1) & 1);
}

// The second number of schedstat.
uint64_t run_delay(pid_t tid) {
  char text[96];
  if (threads::read_task_file(tid, "schedstat", text, sizeof text) <= 0) return 0;
  const char *second = strchr(text, ' ');
  return second ? strtoull(second, nullptr, 10) : 0;
}

}  // namespace pyro::sampling
