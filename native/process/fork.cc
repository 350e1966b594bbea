// How does a forked child learn that it is not the profiled process?
// SPDX-License-Identifier: MPL-2.0
#include "process/fork.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

namespace pyro::process {
namespace {

static_assert(std::atomic<void *>::is_always_lock_free, "read in signal handlers");

std::atomic<void *> fallback{nullptr};  // until install(), and when there is no page
std::atomic<bool> installed{false};
ForkGuard::Hooks owner{};  // written before pthread_atfork, read by its hooks only

void prepare() {
  if (owner.prepare) owner.prepare(owner.data);
}

void parent() {
  if (owner.parent) owner.parent(owner.data);
}

void child() {
  ForkGuard::live_word().store(nullptr, std::memory_order_relaxed);  // for kernels that cannot wipe
  if (owner.child) owner.child(owner.data);
}

}  // namespace

std::atomic<std::atomic<void *> *> ForkGuard::word_{&fallback};
std::atomic<bool> ForkGuard::wiped_{false};

bool ForkGuard::install(const Hooks &hooks) {
  if (installed.exchange(true, std::memory_order_acq_rel)) return false;
  owner = hooks;
  const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void *page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) {
    wiped_.store(madvise(page, size, MADV_WIPEONFORK) == 0, std::memory_order_relaxed);
    word_.store(new (page) std::atomic<void *>(fallback.load()), std::memory_order_release);
  }
  return pthread_atfork(prepare, parent, child) == 0 && page != MAP_FAILED;
}

}  // namespace pyro::process
