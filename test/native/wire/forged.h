// What can a target write that keeps to no rule? Directory entries of any length, in any number, below any parent.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstring>
#include <string>
#include <string_view>

#include "wire/directory.h"

namespace pyro::wire {

inline void forget_all(Directory &directory) {
  std::memset(directory.data, 0, sizeof directory.data);
  directory.bytes = directory.entries = 0;
}

// Behind what is there already.
inline void forge(Directory &directory, EntryKind kind, uint32_t parent, std::string_view text) {
  const uint32_t at = directory.bytes.load(), id = directory.entries.load() + 1;
  const auto size = static_cast<uint32_t>((sizeof(DirectoryEntry) + text.size() + 7) & ~size_t{7});
  auto *entry = reinterpret_cast<DirectoryEntry *>(directory.data + at);
  entry->generation = 2;
  entry->block_bytes = size;
  entry->fields = {id, parent, kind, static_cast<uint16_t>(text.size()), 0, id, 2, 0};
  std::memcpy(directory.data + at + sizeof *entry, text.data(), text.size());
  directory.entries = id;
  directory.bytes = at + size;
}

// Until the directory is full; where `spare` is not 0, until it has only so many bytes left or nearly as many entries
// as it may have. Each text is a number, then `pattern` again and again, `bytes` long; its parent is `parent`, or the
// entry before where `nested`. How many entries there are now.
inline uint32_t forge_many(Directory &directory, EntryKind kind, uint32_t parent, bool nested, size_t bytes,
                           const std::string &pattern, uint32_t spare = 0) {
  std::string all;
  while (all.size() < bytes) all += pattern;
  const auto fits = [&] { return directory.bytes + sizeof(DirectoryEntry) + bytes + 8 + spare <= kDirectoryBytes; };
  while (fits() && (spare == 0 || directory.entries < kDirectoryEntries - 600)) {
    std::string text = std::to_string(directory.entries) + all;
    forge(directory, kind, parent, std::string_view(text).substr(0, bytes));
    if (nested) parent = directory.entries;
  }
  return directory.entries;
}

}  // namespace pyro::wire
