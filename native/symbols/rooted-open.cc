// How do the links of a container lead into the container?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/rooted-open.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <vector>

namespace pyro::symbols {
namespace {

constexpr int kLook = O_PATH | O_CLOEXEC;  // opens nothing: a FIFO or a device does not notice
constexpr int kMostLinks = 40;             // as the kernel

struct OpenHow {  // struct open_how of <linux/openat2.h>
  uint64_t flags, mode, resolve;
};
constexpr uint64_t kResolveInRoot = 0x10;
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

// What we look at, opened for reading; closes `looked`.
int read_regular(int looked) {
  if (looked < 0) return -1;
  struct stat is {};
  int fd = -1;
  if (fstat(looked, &is) == 0 && S_ISREG(is.st_mode))
    fd = open(("/proc/self/fd/" + std::to_string(looked)).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  else
    errno = EINVAL;
  const int error = errno;
  close(looked);
  errno = error;
  return fd;
}

// In front of what is left to walk, so the last name lies at the bottom.
void push_names(std::vector<std::string> &left, const std::string &path) {
  for (size_t end = path.size(); end != std::string::npos && end > 0;) {
    const size_t slash = path.rfind('/', end - 1);
    const size_t begin = slash == std::string::npos ? 0 : slash + 1;
    if (begin < end) left.push_back(path.substr(begin, end - begin));
    end = slash;
  }
}

int step_into(int directory, const std::string &name) {
  const int next = openat(directory, name.c_str(), kLook | O_NOFOLLOW);
  const int error = errno;
  close(directory);
  errno = error;
  return next;
}

// By names that are no links, each opened in the one before: what is replaced by a link meanwhile is not followed.
int look_down(const std::string &root, const std::vector<std::string> &names) {
  int at = open(root.c_str(), kLook | O_DIRECTORY);
  for (size_t i = 0; at >= 0 && i < names.size(); i++) at = step_into(at, names[i]);
  return at;
}

// "" = it is no link, or nothing.
std::string link_of(const std::string &root, const std::vector<std::string> &names) {
  const int at = look_down(root, names);
  if (at < 0) return "";
  char target[PATH_MAX];
  const ssize_t size = readlinkat(at, "", target, sizeof target);
  close(at);
  return size > 0 ? std::string(target, static_cast<size_t>(size)) : "";
}

}  // namespace

int open_by_steps(const std::string &root, const std::string &path) {
  std::vector<std::string> names, left;
  push_names(left, path);
  for (int links = 0; !left.empty();) {
    const std::string name = left.back();
    left.pop_back();
    if (name == ".") continue;
    if (name == "..") {
      if (!names.empty()) names.pop_back();
      continue;
    }
    names.push_back(name);
    const std::string target = link_of(root, names);
    if (target.empty()) continue;
    if (++links > kMostLinks) {
      errno = ELOOP;
      return -1;
    }
    names.pop_back();
    if (target[0] == '/') names.clear();
    push_names(left, target);
  }
  return read_regular(look_down(root, names));
}

// Absolute symbolic links of a container must lead into the container, not into our own file system.
int open_in_root(const std::string &root, const std::string &path) {
  if (root.empty()) return read_regular(open(path.c_str(), kLook));
  const int dir = open(root.c_str(), kLook | O_DIRECTORY);
  if (dir < 0) return -1;
  const OpenHow how{kLook, 0, kResolveInRoot};
  const int looked = static_cast<int>(syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how));
  const int error = errno;
  close(dir);
  if (looked < 0 && (error == ENOSYS || error == EPERM)) return open_by_steps(root, path);
  errno = error;
  return read_regular(looked);
}

}  // namespace pyro::symbols
