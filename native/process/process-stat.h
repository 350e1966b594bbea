// What does /proc say of a process, without allocation, for use at exit?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace pyro::process {

struct ProcessStat {
  char comm[64];
  char state;  // R, S, D, T, Z, X …
  pid_t parent;
  uint64_t start_ticks;  // field 22
};

// False when there is no such process, or no /proc.
bool read_process_stat(pid_t pid, ProcessStat *stat);

// Exists and is no zombie. Without /proc a zombie counts as alive.
bool process_runs(pid_t pid);

// Reads a small file whole; returns its length (the text is ended by NUL) or -1.
ssize_t read_small_file(const char *path, char *text, size_t size);

}  // namespace pyro::process
