// What runs between clone and execve, in memory that still belongs to the target? Private to spawn.cc.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "process/spawn.h"

namespace pyro::process {

inline constexpr size_t kSpawnStack = 32 * 1024;
inline constexpr int kFutexWait = 128 | 0, kFutexWake = 128 | 1;  // FUTEX_PRIVATE_FLAG: keyed by our shared memory

// Shared by our thread, the helper and the agent until it has its own program; by a mapping that is shared where an
// emulator makes forks of them. Its own mapping, not our stack: the keeper outlives the call.
struct SpawnMemory {
  SpawnRequest request;
  pid_t target;
  volatile pid_t agent;
  volatile int error;
  const char *volatile step;
  volatile uint32_t settled;  // futex of the keeper: 1 = the agent runs or has failed
  alignas(64) char agent_stack[kSpawnStack];
  alignas(64) char guard_stack[kSpawnStack];  // of its own: where VFORK holds nobody the agent may still be on its own
  alignas(64) char helper_stack[kSpawnStack];
};

int helper_main(void *memory);  // starts the agent and ends; exit code = errno
int keeper_main(void *memory);  // starts the agent and stays as its parent

// Closes every descriptor from `first` on, in the calling child only.
void close_from(unsigned first);

}  // namespace pyro::process
