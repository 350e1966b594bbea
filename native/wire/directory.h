// What do the small numbers in records and cells mean? Names and modules, append-only, never dropped silently.
//
// Entries are written by ordinary threads under the caller's lock and published by releasing `bytes`; ids are handed
// out only after that, so whoever reads an id finds its entry. Identical (kind, parent, texts) share an id. When the
// area is full an entry becomes kOverflowId and is counted (kDirectoryFull).
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pyro::wire {

// Texts of an entry are separated by NUL. X(identifier, number, "name") — texts; parent; value0; value1
#define PYRO_ENTRIES(X)                                                                                            \
  X(kEntryFact, 1, "fact")         /* key, value; -; -; -: what the target says of itself */                       \
  X(kEntryPipeline, 2, "pipeline") /* name, factory, type; -; ordinal among living ones of that name, from 1; - */ \
  X(kEntryElement, 3, "element")   /* name, factory, plugin, klass, type; bin or pipeline; kElement… flags; - */ \
  X(kEntryPad, 4, "pad")           /* name, template; element; 1 = src, 2 = sink; - */                             \
  X(kEntryThread, 5, "thread")     /* name; -; -; - */                                                             \
  X(kEntryModule, 6, "module")     /* path, build-id in hex; -; ModuleKind; size of its address range */           \
  X(kEntryOverflow, 7, "overflow") /* "(overflow)" */

enum EntryKind : uint16_t {
#define X(id, number, name) id = number,
  PYRO_ENTRIES(X)
#undef X
};

inline constexpr uint64_t kElementBin = 1, kElementSource = 2, kElementSink = 4;
inline constexpr uint64_t kElementLeaky = 8;  // a queue that throws away what does not fit
inline constexpr uint64_t kElementSync = 16;  // a sink that waits for the clock
// vdso: code of the kernel; jit: executable memory without a file's unwind tables ("[orc jit]", "[anon]").
enum ModuleKind : uint64_t { kModuleFile = 0, kModuleVdso = 1, kModuleJit = 2, kModuleAnon = 3 };

struct DirectoryEntry {
  uint32_t id;  // 1, 2, 3 … in order
  uint16_t kind;
  uint16_t text_bytes;  // without padding
  uint32_t parent;
  uint32_t reserved;
  uint64_t value0;
  uint64_t value1;
  // text_bytes bytes follow, padded with NUL to a multiple of 8
};
static_assert(sizeof(DirectoryEntry) == 32);

inline constexpr uint32_t kDirectoryBytes = 768 * 1024;
inline constexpr uint32_t kDirectoryEntries = 16384;
inline constexpr uint32_t kMaxText = 4096;  // of what the target says of itself, and of paths: longer ones are cut
inline constexpr uint32_t kMaxName = 256;   // of everything else
inline constexpr uint32_t kMaxTexts = 5;    // of one entry
inline constexpr uint32_t kOverflowId = 1;  // always the first entry

struct Directory {
  std::atomic<uint32_t> bytes;    // of whole entries; released by the writer
  std::atomic<uint32_t> entries;  // how many; informative
  unsigned char reserved[56];
  unsigned char data[kDirectoryBytes];
};

// A text as long as its kind may be: cut between two characters, the cut shown by "…". For both halves, because a
// reader believes no writer.
std::string kept(EntryKind kind, std::string_view text);

// The writer's half, in the target. Not thread-safe and not signal-safe: the caller locks.
class DirectoryWriter {
 public:
  explicit DirectoryWriter(Directory &directory);
  // Returns the id of the entry, an old one if the same was added before, kOverflowId when full.
  uint32_t add(EntryKind kind, uint32_t parent, std::initializer_list<std::string_view> texts, uint64_t value0 = 0,
               uint64_t value1 = 0);
  uint64_t refused() const { return refused_; }

 private:
  uint32_t append(EntryKind kind, uint32_t parent, std::string_view text, uint64_t value0, uint64_t value1);

  Directory &directory_;
  std::unordered_map<std::string, uint32_t> known_;
  uint32_t count_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace pyro::wire
