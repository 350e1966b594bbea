// How much of each limit is used?
// SPDX-License-Identifier: MPL-2.0
#include "process/room.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

namespace pyro::process {
namespace {

constexpr uint64_t kMega = 1 << 20;
// Segment, tables and two threads with their stacks; libc maps 128 MB of addresses for what a thread allocates.
constexpr uint64_t kAddresses = 256 * kMega, kData = 64 * kMega;
constexpr int kDescriptors = 32;
// How many of them the user has is not told: so few are left to the host.
constexpr rlim_t kThreads = 64;

rlim_t limit_of(int which) {
  rlimit limit{};
  return getrlimit(static_cast<__rlimit_resource_t>(which), &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

bool leaves(int which, uint64_t used, uint64_t wanted) {
  const rlim_t limit = limit_of(which);
  return limit == RLIM_INFINITY || (limit >= used && limit - used >= wanted);
}

std::string too_little(const char *limit, uint64_t wanted, const char *of) {
  return std::string("the limit of ") + limit + " leaves less than " + std::to_string(wanted) + of;
}

}  // namespace

std::string no_room() {
  if (limit_of(RLIMIT_NPROC) < kThreads)
    return "the limit of processes (ulimit -u) is below " + std::to_string(kThreads);
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno != EMFILE) return "";  // no /proc: nothing is known
  // It has the lowest number that is free, so below it all are in use.
  const rlim_t descriptors = limit_of(RLIMIT_NOFILE);
  if (fd < 0 || (descriptors != RLIM_INFINITY && descriptors < static_cast<rlim_t>(fd) + kDescriptors)) {
    if (fd >= 0) close(fd);
    return too_little("descriptors (ulimit -n)", kDescriptors, "");
  }
  char text[128];
  const ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = 0;
  unsigned long all = 0, data = 0;
  if (sscanf(text, "%lu %*u %*u %*u %*u %lu", &all, &data) != 2) return "";
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (!leaves(RLIMIT_AS, all * page, kAddresses))
    return too_little("address space (ulimit -v)", kAddresses / kMega, " MB");
  if (!leaves(RLIMIT_DATA, data * page, kData)) return too_little("data (ulimit -d)", kData / kMega, " MB");
  return "";
}

}  // namespace pyro::process
