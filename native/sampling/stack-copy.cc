// How is memory read that may not be there any more?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/stack-copy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace pyro::sampling {

StackCopy::StackCopy() {
  void *at = mmap(nullptr, kMostBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  room_ = at == MAP_FAILED ? nullptr : static_cast<unsigned char *>(at);
}

StackCopy::~StackCopy() {
  if (room_) munmap(room_, kMostBytes);
}

bool StackCopy::take(uint64_t sp, size_t bytes) {
  low_ = sp & ~uint64_t{7};
  if (bytes > kMostBytes) bytes = kMostBytes;
  size_ = room_ ? copy(low_, bytes) & ~size_t{7} : 0;
  cut_ = size_ == bytes && bytes < kMostBytes;
  return size_ > 0;
}

// Both end at the first page that is not mapped. A sandbox may know only one of them.
size_t StackCopy::copy(uint64_t from, size_t bytes) const {
  const iovec to{room_, bytes};
  const iovec source{reinterpret_cast<void *>(from), bytes};
  ssize_t n = process_vm_readv(getpid(), &to, 1, &source, 1, 0);
  if (n > 0) return static_cast<size_t>(n);
  const int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  n = pread(fd, room_, bytes, static_cast<off_t>(from));
  close(fd);
  return n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace pyro::sampling
