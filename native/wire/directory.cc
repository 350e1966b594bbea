// How does a name get an id?
// SPDX-License-Identifier: MPL-2.0
#include "wire/directory.h"

#include <algorithm>
#include <cstring>

namespace pyro::wire {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string joined(EntryKind kind, const std::vector<std::string> &texts) {
  std::string all;
  for (const std::string &text : texts) {
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

// Blocks of one size serve names of nearly one length. What stays is as long as it is.
constexpr uint32_t kBlockStep = 64, kLeastBlock = 128;
// From so many bytes on what is gone is asked for, and used again.
constexpr uint32_t kAskFrom = kDirectoryBytes / 4, kReuseFrom = kDirectoryBytes / 2;
// Let go at a time.
constexpr uint32_t kBatch = 64;

bool is_long(EntryKind kind) { return kind == kEntryFact || kind == kEntryModule || kind == kEntryFunctions; }
bool stays(EntryKind kind) { return is_long(kind) || kind == kEntryOverflow; }

uint32_t block_size(EntryKind kind, size_t text) {
  const auto bytes = static_cast<uint32_t>((sizeof(DirectoryEntry) + text + 7) & ~size_t{7});
  if (stays(kind)) return bytes;
  return bytes <= kLeastBlock ? kLeastBlock : (bytes + kBlockStep - 1) / kBlockStep * kBlockStep;
}

void write(DirectoryEntry &block, const DirectoryFields &fields, std::string_view text) {
  const uint32_t before = block.generation.load(std::memory_order_relaxed);
  block.generation.store(before + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);  // partner: DirectoryScan
  store_words(&block.fields, &fields, sizeof fields);
  store_words(&block + 1, text.data(), text.size());
  block.generation.store(before + 2, std::memory_order_release);  // the same
}

}  // namespace

void store_words(void *shared, const void *from, size_t bytes) {
  auto *into = static_cast<uint64_t *>(shared);
  const auto *at = static_cast<const unsigned char *>(from);
  for (size_t done = 0; done < bytes; done += 8) {
    uint64_t word = 0;
    std::memcpy(&word, at + done, std::min<size_t>(8, bytes - done));
    __atomic_store_n(into++, word, __ATOMIC_RELAXED);
  }
}

void load_words(void *to, const void *shared, size_t bytes) {
  auto *into = static_cast<unsigned char *>(to);
  const auto *at = static_cast<const uint64_t *>(shared);
  for (size_t done = 0; done < bytes; done += 8) {
    const uint64_t word = __atomic_load_n(at++, __ATOMIC_RELAXED);
    std::memcpy(into + done, &word, std::min<size_t>(8, bytes - done));
  }
}

std::string kept(EntryKind kind, std::string_view text) {
  const size_t most = is_long(kind) ? kMaxText : kMaxName;
  if (text.size() <= most) return std::string(text);
  constexpr std::string_view kCut = "…";
  size_t end = most - kCut.size();
  for (int back = 0; back < 3 && continues_character(text[end]); back++) end--;  // a character has four bytes at most
  return std::string(text.substr(0, end)).append(kCut);
}

DirectoryWriter::DirectoryWriter(Directory &directory, Retirement &retirement)
    : directory_(directory), retirement_(retirement) {
  append(kEntryOverflow, 0, "(overflow)", 0, 0);
}

uint32_t DirectoryWriter::add(EntryKind kind, uint32_t parent, const std::vector<std::string> &texts, uint64_t value0,
                              uint64_t value1, std::string_view same) {
  const std::string text = joined(kind, texts);
  std::string key = key_of(kind, parent, same.empty() ? text : same, value0);
  if (const auto found = ids_.find(key); found != ids_.end()) {
    const auto known = known_.find(found->second);
    // Not to be let go while the caller names something below it.
    if (known != known_.end() && known->second.holders == 0) retire(known->first, known->second);
    return found->second;
  }
  const uint32_t id = append(kind, parent, text, value0, value1);
  if (id == kOverflowId) return id;
  ids_.emplace(key, id);
  if (stays(kind)) return id;
  Known &known = known_.find(id)->second;
  known.key = std::move(key);
  hold(parent);
  retire(id, known);  // it has no holder yet
  return id;
}

void DirectoryWriter::hold(uint32_t id) {
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  found->second.holders++;
  found->second.gone = 0;
}

void DirectoryWriter::release(uint32_t id) {
  const auto found = known_.find(id);
  if (found != known_.end() && --found->second.holders == 0) retire(id, found->second);
}

void DirectoryWriter::retire(uint32_t id, Known &known) {
  known.gone = retirement_.retire();
  const auto is_over = [this](const Gone &one) {
    const auto at = known_.find(one.id);
    return at == known_.end() || at->second.gone != one.number;
  };
  while (!gone_.empty() && is_over(gone_.front())) gone_.pop_front();
  gone_.push_back({known.gone, id});
  if (gone_.size() <= 2 * kDirectoryEntries) return;  // a name that comes and goes leaves a number each time
  gone_.erase(std::remove_if(gone_.begin(), gone_.end(), is_over), gone_.end());
}

uint32_t DirectoryWriter::next_id(EntryKind kind) {
  if (stays(kind)) return ++last_id_;
  do {
    if (++last_passing_id_ == kIdEnd) last_passing_id_ = kFirstPassingId;  // a thousand million names later
  } while (known_.count(last_passing_id_));
  return last_passing_id_;
}

// A block that had another name before, or one behind the last. Names that stay take no block that could be used again.
DirectoryEntry *DirectoryWriter::block_for(EntryKind kind, size_t text) {
  const uint32_t size = block_size(kind, text), end = directory_.bytes.load(std::memory_order_relaxed);
  if (!stays(kind)) {
    if (end >= kAskFrom && !gone_.empty()) retirement_.ask();
    if (end >= kReuseFrom && blank_.lower_bound(size) == blank_.end()) make_room();
    if (const auto fits = blank_.lower_bound(size); fits != blank_.end()) {
      DirectoryEntry *block = fits->second;
      blank_.erase(fits);
      return block;
    }
  }
  if (end + size > kDirectoryBytes || count_ >= kDirectoryEntries) return nullptr;
  auto *block = reinterpret_cast<DirectoryEntry *>(directory_.data + end);
  block->block_bytes = size;
  return block;
}

void DirectoryWriter::make_room() {
  for (uint32_t let_go = 0; let_go < kBatch && !gone_.empty();) {
    const Gone gone = gone_.front();
    const auto known = known_.find(gone.id);
    const bool current = known != known_.end() && known->second.gone == gone.number;
    if (current && !retirement_.is_acknowledged(gone.number)) return;
    gone_.pop_front();
    if (!current) continue;
    forget(gone.id);
    let_go++;
  }
}

void DirectoryWriter::forget(uint32_t id) {
  const auto at = known_.find(id);
  const Known known = std::move(at->second);
  known_.erase(at);
  ids_.erase(known.key);
  blank_.emplace(known.block->block_bytes, known.block);
  taken_bytes_ -= known.block->block_bytes;
  if (forgotten_) forgotten_(user_, id);
  release(known.parent);
}

uint32_t DirectoryWriter::append(EntryKind kind, uint32_t parent, std::string_view text, uint64_t value0,
                                 uint64_t value1) {
  DirectoryEntry *block = block_for(kind, text.size());
  if (!block) {
    refused_++;
    return kOverflowId;
  }
  const uint32_t id = next_id(kind);
  const auto bytes = static_cast<uint16_t>(text.size());
  write(*block, {id, parent, kind, bytes, 0, ++serial_, value0, value1}, text);
  taken_bytes_ += block->block_bytes;
  if (!stays(kind)) known_.emplace(id, Known{{}, parent, block, 0, 0});
  publish(block);
  return id;
}

void DirectoryWriter::publish(const DirectoryEntry *block) {
  const auto at = static_cast<uint32_t>(reinterpret_cast<const unsigned char *>(block) - directory_.data);
  if (at == directory_.bytes.load(std::memory_order_relaxed)) {
    directory_.entries.store(++count_, std::memory_order_relaxed);
    directory_.bytes.store(at + block->block_bytes, std::memory_order_release);  // partner: the reader's acquire
  }
  directory_.changes.store(serial_, std::memory_order_release);  // the same
}

}  // namespace pyro::wire
