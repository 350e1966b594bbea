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

// Each as long as it may be, and no more of them than an entry has.
std::vector<std::string> split(EntryKind kind, std::string_view all) {
  std::vector<std::string> texts;
  while (texts.size() < kMaxTexts) {
    const size_t end = all.find('\0');
    texts.push_back(kept(kind, all.substr(0, end)));
    if (end == std::string_view::npos) break;
    all.remove_prefix(end + 1);
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
    const bool makes_sense = entry.id == ids_ + 1 && entry.id <= kDirectoryEntries && is_known(entry.kind);
    if (!fits || !makes_sense || size > end - at_) {
      broken_ = true;
      break;
    }
    const auto kind = static_cast<EntryKind>(entry.kind);
    const auto *text = reinterpret_cast<const char *>(directory.data + at_ + sizeof entry);
    names.push_back({entry.id, kind, entry.parent, entry.value0, entry.value1, split(kind, {text, entry.text_bytes})});
    at_ += size;
    ids_ = entry.id;
  }
  return names;
}

}  // namespace pyro::wire
