// How do the links of a container lead into the container?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/rooted-open.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace pyro::symbols {
namespace {

constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;  // a FIFO must not hold us

struct OpenHow {  // struct open_how of <linux/openat2.h>
  uint64_t flags, mode, resolve;
};
constexpr uint64_t kResolveInRoot = 0x10;
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

}  // namespace

// Absolute symbolic links of a container must lead into the container, not into our own file system.
int open_in_root(const std::string &root, const std::string &path) {
  if (root.empty()) return open(path.c_str(), kOpenFlags);
  const int dir = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return -1;
  const OpenHow how{kOpenFlags, 0, kResolveInRoot};
  int fd = static_cast<int>(syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how));
  const int error = errno;
  close(dir);
  if (fd < 0 && (error == ENOSYS || error == EPERM)) return open((root + path).c_str(), kOpenFlags);
  errno = error;
  return fd;
}

}  // namespace pyro::symbols
