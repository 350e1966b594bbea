// Where does a thread's cache of callers live? In a mapping of its own, so that the host's allocator is never entered.
// SPDX-License-Identifier: MPL-2.0
#include "unwind/walk/frame-cache.h"

#include <sys/mman.h>

namespace pyro::unwind {

static_assert(sizeof(FrameCache) == 4096);

FrameCache *FrameCache::create() noexcept {
  // Populated: a handler should not be the one to meet the page fault.
  void *at =
      mmap(nullptr, sizeof(FrameCache), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return at == MAP_FAILED ? nullptr : static_cast<FrameCache *>(at);
}

void FrameCache::destroy(FrameCache *cache) noexcept {
  if (cache) munmap(static_cast<void *>(cache), sizeof *cache);
}

}  // namespace pyro::unwind
