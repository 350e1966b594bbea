// How is a program started so that the process it starts from never notices?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

namespace pyro::process {

struct SpawnRequest {
  const char *path;
  char *const *argv;
  char *const *envp;
  int fd;  // becomes descriptor 3 of the program; 0, 1 and 2 become /dev/null, all others are closed
  const char *guard = nullptr;  // the program that ends this one should it not come up; nullptr = none
};

struct SpawnResult {
  pid_t pid;         // 0 = not started
  int error;         // errno of the step that failed
  const char *step;  // its name, "" if none failed
};

// Takes 0.3–3 ms, with a guard twice that, and blocks the calling thread alone, all its signals held back meanwhile;
// longer only when the file system that holds the program hangs. One caller at a time. Descriptors, signal state,
// children, memory and errno of this process are afterwards as before.
SpawnResult spawn_unseen(const SpawnRequest &request);

}  // namespace pyro::process
