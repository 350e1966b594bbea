// How is a thread's status read?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/sandbox.h"

#include <linux/seccomp.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "threads/thread-table.h"

namespace pyro::sampling {
namespace {

constexpr size_t kStatusBytes = 4096;

bool read_status(pid_t tid, char (&text)[kStatusBytes]) {
  return threads::read_task_file(tid, "status", text, sizeof text) > 0;
}

// `key` begins with the end of the line before: a thread's name is in here too. 0 where this kernel has no such line.
unsigned long number_behind(const char *text, const char *key) {
  const char *at = strstr(text, key);
  return at ? strtoul(at + strlen(key), nullptr, 10) : 0;
}

struct Sandbox {
  unsigned long mode = SECCOMP_MODE_DISABLED;
  unsigned long filters = 0;  // since Linux 5.9
};

Sandbox sandbox_of(pid_t tid) {
  char text[kStatusBytes];
  if (!read_status(tid, text)) return {};
  return {number_behind(text, "\nSeccomp:\t"), number_behind(text, "\nSeccomp_filters:\t")};
}

}  // namespace

bool is_sandboxed(pid_t tid, pid_t home) {
  const Sandbox its = sandbox_of(tid);
  if (its.mode != SECCOMP_MODE_FILTER) return its.mode == SECCOMP_MODE_STRICT;
  // Read later than the thread's: one filter may come to all threads at once, in between.
  const Sandbox ours = sandbox_of(home);
  return ours.mode != SECCOMP_MODE_FILTER || its.filters > ours.filters;
}

bool has_room_for_signal() {
  char text[kStatusBytes];
  if (!read_status(getpid(), text)) return true;
  const char *line = strstr(text, "\nSigQ:\t");
  const char *slash = line ? strchr(line, '/') : nullptr;
  return !slash || number_behind(line, "\nSigQ:\t") < (strtoul(slash + 1, nullptr, 10) + 1) / 2;
}

}  // namespace pyro::sampling
