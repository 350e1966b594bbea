// How is a segment made so that it cannot hurt its maker, and opened so that it cannot hurt its reader?
// SPDX-License-Identifier: MPL-2.0
#include "wire/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "wire/clock-ns.h"

namespace pyro::wire {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

// Field 22 of /proc/self/stat; 0 when it cannot be read. The command name in field 2 may hold blanks and parentheses.
uint64_t own_start_ticks() {
  char text[1024];
  const int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return 0;
  text[n] = 0;
  const char *at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, nullptr, 10) : 0;
}

// A file beyond RLIMIT_FSIZE is not only refused: the kernel sends SIGXFSZ, which ends the process.
int beyond_limit(size_t bytes) {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes ? EFBIG : 0;
}

int allocate(int fd, size_t bytes) {
  const auto length = static_cast<off_t>(bytes);
  if (const int error = beyond_limit(bytes); error != 0) return error;
  return ftruncate(fd, length) != 0 ? errno : posix_fallocate(fd, 0, length);
}

void introduce(Segment *segment, size_t bytes) {
  Identity &identity = segment->identity;
  identity.version = WIRE_VERSION;
  identity.counter_count = kCounterCount;
  identity.header_bytes = offsetof(Segment, directory);
  identity.total_bytes = bytes;
  identity.pid = static_cast<uint32_t>(getpid());
  identity.start_ticks = own_start_ticks();
  identity.created_mono_ns = clock_ns(CLOCK_MONOTONIC);
  identity.created_unix_ns = clock_ns(CLOCK_REALTIME);
  segment->control.span_threshold.store(kSpanNever, std::memory_order_relaxed);
  segment->cells.cell[kOverflowCell].kind.store(kCellOverflow, std::memory_order_relaxed);
  segment->cells.cell[kOverflowCell].pad.store(kOverflowId, std::memory_order_relaxed);
  segment->cells.cell[kOverflowCell].start_unix_ns.store(identity.created_unix_ns, std::memory_order_relaxed);
  segment->cells.used.store(1, std::memory_order_relaxed);
  segment->life.target_state.store(kTargetRunning, std::memory_order_relaxed);
  identity.magic = kMagic;
}

}  // namespace

std::optional<Mapping> Mapping::create(int *errno_out, bool spans) {
  const int fd = static_cast<int>(syscall(SYS_memfd_create, kSegmentName, 3u /* MFD_CLOEXEC | MFD_ALLOW_SEALING */));
  if (fd < 0) {
    *errno_out = errno;
    return std::nullopt;
  }
  Mapping mapping(nullptr, fd);
  const size_t bytes = mapping.bytes_ = spans ? kBytesWithSpans : sizeof(Segment);
  // Allocated before it is mapped: a full memory must fail here, not as SIGBUS at the first store.
  int error = allocate(fd, bytes);
  if (error == 0) {
    void *at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
      error = errno;
    else
      mapping.segment_ = static_cast<Segment *>(at);
  }
  if (error == 0) {
    introduce(mapping.segment_, bytes);
    // Last: an agent that finds our descriptor before this sees a segment without seals, and comes again.
    if (fcntl(fd, F_ADD_SEALS, kSeals) != 0) error = errno;
  }
  if (error != 0) {
    *errno_out = error;
    return std::nullopt;
  }
  madvise(mapping.segment_, bytes, MADV_DONTFORK);
  return mapping;
}

namespace {
bool is_readable(uint32_t version) { return version >= kOldestVersion && version <= WIRE_VERSION; }
}  // namespace

std::optional<Mapping> Mapping::attach(int fd, Refusal *why, uint32_t *other_version) {
  Mapping mapping(nullptr, fd);
  *why = kRefusedNone;
  *other_version = 0;
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) {
    *why = kRefusedUnsealed;
    return std::nullopt;
  }
  struct stat st {};
  if (fstat(fd, &st) != 0 || st.st_size < static_cast<off_t>(offsetof(Segment, directory))) {
    *why = kRefusedSize;
    return std::nullopt;
  }
  const auto found = static_cast<size_t>(st.st_size);
  const size_t whole = found >= kBytesWithSpans ? kBytesWithSpans : sizeof(Segment);
  const size_t size = found < sizeof(Segment) ? offsetof(Segment, directory) : whole;
  void *at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) {
    *why = kRefusedSize;
    return std::nullopt;
  }
  Segment *segment = static_cast<Segment *>(at);
  *other_version = segment->identity.version;
  if (segment->identity.magic == kMagic && !is_readable(segment->identity.version)) {
    // Identity, Control and Life keep their places in every version, so that this code always arrives.
    segment->life.agent_version.store(WIRE_VERSION, std::memory_order_relaxed);
    segment->life.refusal.store(kRefusedVersion, std::memory_order_release);
    *why = kRefusedVersion;
  } else if (segment->identity.magic != kMagic || size != whole || segment->identity.total_bytes != whole) {
    *why = kRefusedSize;
  }
  if (*why != kRefusedNone) {
    munmap(at, size);
    return std::nullopt;
  }
  mapping.segment_ = segment;
  mapping.bytes_ = size;
  return mapping;
}

Mapping &Mapping::operator=(Mapping &&other) noexcept {
  std::swap(segment_, other.segment_);
  std::swap(fd_, other.fd_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void Mapping::abandon() {
  segment_ = nullptr;
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Mapping::~Mapping() {
  if (segment_) munmap(segment_, bytes_);
  if (fd_ >= 0) close(fd_);
}

}  // namespace pyro::wire
