// How are names taken out of a directory without trusting it?
// SPDX-License-Identifier: MPL-2.0
#include "wire/directory-scan.h"

#include <cstring>

namespace pyro::wire {
namespace {

bool is_known(uint16_t kind) {
  switch (kind) {
#define X(id, number, name) case id:
    PYRO_ENTRIES(X)
#undef X
    return true;
    default:
      return false;
  }
}

std::vector<std::string> split(const unsigned char *text, uint32_t bytes) {
  std::vector<std::string> texts(1);
  for (uint32_t i = 0; i < bytes; i++) {
    if (text[i] == 0)
      texts.emplace_back();
    else
      texts.back().push_back(static_cast<char>(text[i]));
  }
  return texts;
}

}  // namespace

std::vector<DirectoryName> DirectoryScan::next(const Directory &directory) {
  std::vector<DirectoryName> names;
  const uint32_t end = directory.bytes.load(std::memory_order_acquire);  // partner: DirectoryWriter::append
  while (!broken_ && at_ != end) {
    DirectoryEntry entry{};
    const bool fits = end <= kDirectoryBytes && at_ < end && end - at_ >= sizeof entry;
    if (fits) std::memcpy(&entry, directory.data + at_, sizeof entry);
    const uint32_t size = (sizeof entry + entry.text_bytes + 7u) & ~7u;
    if (!fits || entry.id != ids_ + 1 || !is_known(entry.kind) || size > end - at_) {
      broken_ = true;
      break;
    }
    names.push_back({entry.id, static_cast<EntryKind>(entry.kind), entry.parent, entry.value0, entry.value1,
                     split(directory.data + at_ + sizeof entry, entry.text_bytes)});
    at_ += size;
    ids_ = entry.id;
  }
  return names;
}

}  // namespace pyro::wire
