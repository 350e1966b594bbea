// Which executable memory belongs to no module?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/code-regions.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace pyro::unwind {
namespace {

constexpr size_t kLongestLine = 192;  // of it the name is what may be longer

// "start-end perms offset dev inode   name"
bool parse_line(const char *from, const char *to, CodeRegion *out) {
  char line[kLongestLine] = {};
  memcpy(line, from, std::min<size_t>(static_cast<size_t>(to - from), sizeof line - 1));
  char permissions[5];
  int name = 0;
  if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &out->range.start, &out->range.end, permissions,
             &name) < 3)
    return false;
  if (out->range.end <= out->range.start || strlen(permissions) < 4 || permissions[2] != 'x') return false;
  memset(out->name, 0, sizeof out->name);
  if (name > 0) strncpy(out->name, line + name, sizeof out->name - 1);
  return strcmp(out->name, "[vsyscall]") != 0;
}

}  // namespace

void parse_code_regions(const char *text, size_t size, bool (*skip)(void *user, Range range), void *user, size_t most,
                        MappedArray<CodeRegion> &out) {
  const char *const end = text + size;
  while (text < end) {
    const auto *newline = static_cast<const char *>(memchr(text, '\n', static_cast<size_t>(end - text)));
    const char *stop = newline ? newline : end;
    CodeRegion region;
    if (parse_line(text, stop, &region) && !skip(user, region.range)) {
      CodeRegion *last = out.empty() ? nullptr : &out[out.size() - 1];
      if (last && last->range.end == region.range.start && strcmp(last->name, region.name) == 0)
        last->range.end = region.range.end;
      else if (out.size() >= most || !out.push(region))
        return;
    }
    text = stop + 1;
  }
}

bool read_code_regions(bool (*skip)(void *user, Range range), void *user, size_t most, MappedArray<CodeRegion> &out) {
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  MappedArray<char> text;
  constexpr size_t kStep = 65536;
  ssize_t got = 1;
  while (got > 0 && text.size() < (size_t{16} << 20) && text.reserve(text.size() + kStep)) {
    got = read(fd, text.data() + text.size(), kStep);
    if (got > 0) text.resize(text.size() + static_cast<size_t>(got));
  }
  close(fd);
  parse_code_regions(text.data(), text.size(), skip, user, most, out);
  return got == 0;
}

}  // namespace pyro::unwind
