// What does /proc say of a process?
// SPDX-License-Identifier: MPL-2.0
#include "process/process-stat.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace pyro::process {

ssize_t read_small_file(const char *path, char *text, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t length = 0;
  while (length < size - 1) {
    const ssize_t n = read(fd, text + length, size - 1 - length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    length += static_cast<size_t>(n);
  }
  close(fd);
  text[length] = 0;
  return static_cast<ssize_t>(length);
}

bool read_process_stat(pid_t pid, ProcessStat *stat) {
  char path[32];
  char text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  if (read_small_file(path, text, sizeof text) <= 0) return false;
  const char *open = strchr(text, '(');
  const char *close = strrchr(text, ')');  // the name may hold blanks and parentheses
  if (!open || !close || close < open || close[1] == 0 || close[2] == 0) return false;
  snprintf(stat->comm, sizeof stat->comm, "%.*s", static_cast<int>(close - open - 1), open + 1);
  stat->state = close[2];
  const char *at = close + 2;
  stat->parent = 0;
  for (int field = 3; at && field < 22; field++) {
    at = strchr(at + 1, ' ');
    if (at && field == 3) stat->parent = static_cast<pid_t>(strtol(at + 1, nullptr, 10));
  }
  stat->start_ticks = at ? strtoull(at + 1, nullptr, 10) : 0;
  return at != nullptr;
}

bool process_runs(pid_t pid) {
  if (pid <= 0) return false;
  const int error = kill(pid, 0) == 0 ? 0 : errno;
  if (error == ESRCH) return false;
  ProcessStat stat;
  if (read_process_stat(pid, &stat)) return stat.state != 'Z' && stat.state != 'X';
  // Unreadable: of another user behind hidepid, or there is no /proc at all; else it went meanwhile.
  return error == EPERM || access("/proc/self/stat", R_OK) != 0;
}

}  // namespace pyro::process
