// Which memory is there only because it was needed once? Free heap, and pages of files that only the start has used.
//
// Half of an agent's memory are pages of Node's own file, most of which only its start has touched. They are not
// written to, so the system reads them again where they are needed; mostly they are in its page cache anyway.
// SPDX-License-Identifier: MPL-2.0
#include "addon/lean-memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "addon/napi-helpers.h"

namespace pyro::addon {
namespace {

// Smaller mappings are not worth the page faults. Where only those from 1024 kB on went, an agent kept 2 MB more.
constexpr unsigned long kLeastKilobytes = 128;
// Of one allocation that is a mapping of its own, and of free heap that is given back.
constexpr int kLargeBytes = 128 * 1024;

// One mapping, as /proc/self/smaps says it.
struct Pages {
  unsigned long begin = 0, end = 0, resident = 0, anonymous = 1, swapped = 1;
  bool of_file = false;

  // No page is this process's own: none was written to, not even by a debugger, nor is one of those in the swap.
  bool can_go() const { return of_file && anonymous == 0 && swapped == 0 && resident >= kLeastKilobytes; }
};

// Its first line; false: another line of the same mapping.
bool read_head(const char *line, Pages *pages) {
  char rights[5] = "", path[2] = "";
  Pages next;
  if (std::sscanf(line, "%lx-%lx %4s %*s %*s %*s %1s", &next.begin, &next.end, rights, path) < 3) return false;
  next.of_file = path[0] == '/' && rights[0] == 'r' && rights[1] == '-' && rights[3] == 'p';
  *pages = next;
  return true;
}

unsigned long drop(const Pages &pages) {
  if (!pages.can_go()) return 0;
  if (madvise(reinterpret_cast<void *>(pages.begin), pages.end - pages.begin, MADV_DONTNEED) != 0) return 0;
  return pages.resident * 1024;
}

unsigned long drop_file_pages() {
  const std::unique_ptr<FILE, int (*)(FILE *)> smaps(std::fopen("/proc/self/smaps", "re"), std::fclose);
  if (!smaps) return 0;
  char *line = nullptr;
  size_t room = 0;
  Pages pages;
  unsigned long dropped = 0;
  while (getline(&line, &room, smaps.get()) > 0) {
    Pages next = pages;
    if (read_head(line, &next)) {
      dropped += drop(pages);
      pages = next;
    }
    std::sscanf(line, "Rss: %lu", &pages.resident);
    std::sscanf(line, "Anonymous: %lu", &pages.anonymous);
    std::sscanf(line, "Swap: %lu", &pages.swapped);
  }
  dropped += drop(pages);
  std::free(line);
  return dropped;
}

}  // namespace

void limit_heaps(const Napi::CallbackInfo & /*info*/) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  mallopt(M_TRIM_THRESHOLD, kLargeBytes);
#endif
}

Napi::Value release_memory(const Napi::CallbackInfo &info) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return number(info.Env(), drop_file_pages());
}

}  // namespace pyro::addon
