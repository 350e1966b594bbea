// Which executable memory belongs to no module?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/code-regions.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

namespace pyro::unwind {
namespace {

// One line: "start-end perms offset dev inode   name".
class Line {
 public:
  Line(const char *from, const char *to) : at_(from), end_(to) {}
  bool hex(uint64_t *value) {
    *value = 0;
    const char *from = at_;
    for (; at_ < end_; at_++) {
      const char c = *at_;
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) break;
      *value = *value << 4 | static_cast<uint64_t>(digit);
    }
    return at_ > from;
  }
  bool is(char c) { return at_ < end_ && *at_++ == c; }
  // The next word; empty at the end.
  const char *word(size_t *size) {
    while (at_ < end_ && *at_ == ' ') at_++;
    const char *from = at_;
    while (at_ < end_ && *at_ != ' ') at_++;
    *size = static_cast<size_t>(at_ - from);
    return from;
  }
  const char *rest(size_t *size) {
    while (at_ < end_ && *at_ == ' ') at_++;
    *size = static_cast<size_t>(end_ - at_);
    return at_;
  }

 private:
  const char *at_;
  const char *end_;
};

bool parse_line(Line line, CodeRegion *out) {
  size_t size;
  if (!line.hex(&out->range.start) || !line.is('-') || !line.hex(&out->range.end)) return false;
  if (out->range.end <= out->range.start) return false;
  const char *permissions = line.word(&size);
  if (size < 4 || permissions[2] != 'x') return false;
  for (int i = 0; i < 3; i++) line.word(&size);
  const char *name = line.rest(&size);
  if (size >= kRegionName) size = kRegionName - 1;
  memset(out->name, 0, sizeof out->name);
  memcpy(out->name, name, size);
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
    if (parse_line(Line(text, stop), &region) && !skip(user, region.range)) {
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
