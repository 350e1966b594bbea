// How does a name get an id?
// SPDX-License-Identifier: MPL-2.0
#include "wire/directory.h"

#include <cstring>

namespace pyro::wire {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string joined(EntryKind kind, std::initializer_list<std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) {
    all.append(kept(kind, text));
    all.push_back('\0');
  }
  all.pop_back();  // separators only between texts
  return all;
}

std::string key_of(EntryKind kind, uint32_t parent, std::string_view text, uint64_t value0) {
  std::string key(reinterpret_cast<const char *>(&kind), sizeof kind);
  key.append(reinterpret_cast<const char *>(&parent), sizeof parent);
  key.append(reinterpret_cast<const char *>(&value0), sizeof value0);
  return key.append(text);
}

}  // namespace

std::string kept(EntryKind kind, std::string_view text) {
  const size_t most = kind == kEntryFact || kind == kEntryModule ? kMaxText : kMaxName;
  if (text.size() <= most) return std::string(text);
  constexpr std::string_view kCut = "…";
  size_t end = most - kCut.size();
  for (int back = 0; back < 3 && continues_character(text[end]); back++) end--;  // a character has four bytes at most
  return std::string(text.substr(0, end)).append(kCut);
}

DirectoryWriter::DirectoryWriter(Directory &directory) : directory_(directory) {
  append(kEntryOverflow, 0, "(overflow)", 0, 0);
}

uint32_t DirectoryWriter::add(EntryKind kind, uint32_t parent, std::initializer_list<std::string_view> texts,
                              uint64_t value0, uint64_t value1) {
  const std::string text = joined(kind, texts);
  std::string key = key_of(kind, parent, text, value0);
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const uint32_t id = append(kind, parent, text, value0, value1);
  if (id != kOverflowId) known_.emplace(std::move(key), id);
  return id;
}

uint32_t DirectoryWriter::append(EntryKind kind, uint32_t parent, std::string_view text, uint64_t value0,
                                 uint64_t value1) {
  const uint32_t at = directory_.bytes.load(std::memory_order_relaxed);
  const uint32_t size = static_cast<uint32_t>((sizeof(DirectoryEntry) + text.size() + 7) & ~size_t{7});
  if (at + size > kDirectoryBytes || count_ >= kDirectoryEntries) {
    refused_++;
    return kOverflowId;
  }
  const DirectoryEntry entry{++count_, kind, static_cast<uint16_t>(text.size()), parent, 0, value0, value1};
  std::memcpy(directory_.data + at, &entry, sizeof entry);
  std::memcpy(directory_.data + at + sizeof entry, text.data(), text.size());
  directory_.entries.store(count_, std::memory_order_relaxed);
  directory_.bytes.store(at + size, std::memory_order_release);  // partner: the reader's acquire
  return entry.id;
}

}  // namespace pyro::wire
