// How are names taken out of a directory without trusting it?
// SPDX-License-Identifier: MPL-2.0
#include "wire/directory-scan.h"

#include <algorithm>

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

// False: it makes no sense. One that is just written has its name at the next look.
bool DirectoryScan::read(const unsigned char *at, uint32_t bytes, Block &block, std::vector<Found> &found) {
  const auto *entry = reinterpret_cast<const DirectoryEntry *>(at);
  const uint32_t before = entry->generation.load(std::memory_order_acquire);  // partner: DirectoryWriter
  if (before == block.generation) return true;
  DirectoryFields fields;
  load_words(&fields, &entry->fields, sizeof fields);
  std::string text(std::min<size_t>(fields.text_bytes, bytes - sizeof *entry), '\0');
  load_words(text.data(), entry + 1, text.size());
  std::atomic_thread_fence(std::memory_order_acquire);
  if ((before & 1) != 0 || entry->generation.load(std::memory_order_relaxed) != before) return true;
  if (fields.id == 0 || fields.id >= kIdEnd || !is_known(fields.kind) || text.size() != fields.text_bytes) return false;
  const auto kind = static_cast<EntryKind>(fields.kind);
  const uint32_t replaced = block.id == fields.id ? 0 : block.id;
  found.push_back(
      {fields.serial, {fields.id, kind, fields.parent, fields.value0, fields.value1, split(kind, text), replaced}});
  block = {before, fields.id};
  return true;
}

std::vector<DirectoryName> DirectoryScan::next(const Directory &directory) {
  const uint64_t changes = directory.changes.load(std::memory_order_acquire);  // partner: DirectoryWriter
  const uint32_t end = directory.bytes.load(std::memory_order_acquire);        // the same
  std::vector<Found> found;
  if (changes == changes_ && end == end_) return {};
  size_t blocks = 0;
  for (uint32_t at = 0; !broken_ && at != end; blocks++) {
    const bool fits = end <= kDirectoryBytes && at < end && end - at >= sizeof(DirectoryEntry);
    const auto *entry = reinterpret_cast<const DirectoryEntry *>(directory.data + (fits ? at : 0));
    const uint32_t bytes = __atomic_load_n(&entry->block_bytes, __ATOMIC_RELAXED);
    broken_ = !fits || bytes < sizeof *entry || bytes % 8 != 0 || bytes > end - at || blocks == kDirectoryEntries;
    if (broken_) break;
    if (blocks == blocks_.size()) blocks_.push_back({0, 0});
    broken_ = !read(directory.data + at, bytes, blocks_[blocks], found);
    at += bytes;
  }
  changes_ = changes;
  end_ = end;
  std::sort(found.begin(), found.end(), [](const Found &a, const Found &b) { return a.serial < b.serial; });
  std::vector<DirectoryName> names;
  for (Found &one : found) names.push_back(std::move(one.name));
  return names;
}

}  // namespace pyro::wire
