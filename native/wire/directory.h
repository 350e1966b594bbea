// What do the small numbers in records and cells mean? Names and modules, never dropped silently.
//
// An entry lies in a block, and blocks follow one another. Entries are written by ordinary threads under the caller's
// lock and published by releasing the block's generation; ids are handed out only after that, so a reader of an id
// finds its entry. Identical (kind, parent, key) share an id. An id is never given to another name; the block of a name
// that is not held may be, once the reader has read it (recycling.h). When there is no block an entry becomes
// kOverflowId and is counted (kDirectoryFull).
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wire/recycling.h"

namespace pyro::wire {

// Texts of an entry are separated by NUL. A number: 1 + the one that its automatic name is shown with; 0 = the name is
// none. X(identifier, number, "name") — texts; parent; value0; value1
#define PYRO_ENTRIES(X)                                                                                       \
  X(kEntryFact, 1, "fact")           /* key, value; -; -; -: what the target says of itself */                \
  X(kEntryPipeline, 2, "pipeline")   /* name, factory, type; -; ordinal among those of its name; number */    \
  X(kEntryElement, 3, "element")     /* as Node of tracer/place.h has them; bin or pipeline; flags; number */ \
  X(kEntryPad, 4, "pad")             /* name, template; element; 1 = src, 2 = sink; - */                      \
  X(kEntryThread, 5, "thread")       /* name; -; -; - */                                                      \
  X(kEntryModule, 6, "module")       /* path, build-id in hex; -; ModuleKind; size of its address range */    \
  X(kEntryOverflow, 7, "overflow")   /* "(overflow)" */                                                       \
  X(kEntryFunctions, 8, "functions") /* lines of named functions, see FunctionOrigin; -; how many; - */       \
  X(kEntryCaps, 9, "caps")           /* what a pad gets from now on; -; id of the pad; - */

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
inline constexpr const char *kModuleKindNames[] = {"file", "vdso", "jit", "anon"};  // by number

struct DirectoryFields {
  uint32_t id;
  uint32_t parent;
  uint16_t kind;
  uint16_t text_bytes;
  uint32_t reserved;
  uint64_t serial;  // entries in the order in which they were made
  uint64_t value0;
  uint64_t value1;
};
struct DirectoryEntry {
  std::atomic<uint32_t> generation;  // of the block; odd while it is written
  uint32_t block_bytes;              // up to the next one; never changes
  DirectoryFields fields;
  // text_bytes bytes follow
};
static_assert(sizeof(DirectoryEntry) == 48);

// What named a function that may have no symbol. Entries of kEntryFunctions have one text, a line a function:
// "<module id> <address> <origin> <name>\n", numbers in hexadecimal, the address as in frames: where the function
// begins. A later line of the same address and origin takes the place of an earlier one; an empty name takes it away.
enum FunctionOrigin : char {
  kFromType = 't',  // a class, an interface or a pad calls it by a name: "GstQueue sink chain"
  kFromRole = 'r',  // it was seen in a role: "[runs a task]"
};

// Ids of facts and modules, which stay, lie below those of what comes and goes: frames have few bits for modules, and
// element words none for the last two.
inline constexpr uint32_t kFirstPassingId = 1u << 16;
inline constexpr uint32_t kIdEnd = 1u << 30;
inline constexpr uint32_t kDirectoryBytes = 768 * 1024;
inline constexpr uint32_t kDirectoryEntries = 8192;
inline constexpr uint32_t kMaxText = 4096;  // of what the target says of itself, of paths and functions
inline constexpr uint32_t kMaxName = 256;   // of everything else
inline constexpr uint32_t kMaxTexts = 7;    // of one entry
inline constexpr uint32_t kOverflowId = 1;  // always the first entry

struct Directory {
  std::atomic<uint32_t> bytes;    // of whole blocks; released by the writer
  std::atomic<uint32_t> entries;  // how many blocks; informative
  std::atomic<uint64_t> changes;  // rises with each entry
  unsigned char reserved[48];
  alignas(8) unsigned char data[kDirectoryBytes];
};

// A text as long as its kind may be: cut between two characters, the cut shown by "…". For both halves, because a
// reader believes no writer.
std::string kept(EntryKind kind, std::string_view text);

// The writer's half, in the target. Not thread-safe and not signal-safe: the caller locks.
class DirectoryWriter {
 public:
  DirectoryWriter(Directory &directory, Retirement &retirement);
  // Returns the id of the entry, an old one if the same was added before, kOverflowId when full. `key`: what makes it
  // the same; "" = its texts.
  uint32_t add(EntryKind kind, uint32_t parent, const std::vector<std::string> &texts, uint64_t value0 = 0,
               uint64_t value1 = 0, std::string_view key = {});
  // The name has a holder more, or one less. Facts and modules stay in any case.
  void hold(uint32_t id);
  void release(uint32_t id);
  uint64_t refused() const { return refused_; }
  // Half of it is taken.
  bool is_scarce() const { return taken_bytes_ > kDirectoryBytes / 2; }
  // Told of each name whose block may go to another.
  void on_forgotten(void (*forgotten)(void *user, uint32_t id), void *user) {
    forgotten_ = forgotten;
    user_ = user;
  }

 private:
  struct Known {
    std::string key;
    uint32_t parent;
    DirectoryEntry *block;
    uint32_t holders;  // entries below it among them
    uint64_t gone;     // number of its going; 0 = it is held
  };
  struct Gone {
    uint64_t number;
    uint32_t id;
  };

  uint32_t append(EntryKind kind, uint32_t parent, std::string_view text, uint64_t value0, uint64_t value1);
  void publish(const DirectoryEntry *block);
  uint32_t next_id(EntryKind kind);
  DirectoryEntry *block_for(EntryKind kind, size_t text);
  void make_room();
  void retire(uint32_t id, Known &known);
  void forget(uint32_t id);

  Directory &directory_;
  Retirement &retirement_;
  std::unordered_map<std::string, uint32_t> ids_;
  std::unordered_map<uint32_t, Known> known_;        // of what may go
  std::deque<Gone> gone_;                            // oldest first; some are held again
  std::multimap<uint32_t, DirectoryEntry *> blank_;  // free blocks, by their size
  void (*forgotten_)(void *user, uint32_t id) = nullptr;
  void *user_ = nullptr;
  uint32_t count_ = 0;  // blocks
  uint32_t taken_bytes_ = 0;
  uint32_t last_id_ = 0, last_passing_id_ = kFirstPassingId - 1;
  uint64_t serial_ = 0;
  uint64_t refused_ = 0;
};

// Into or out of a block that may be written while it is read: the shared side is touched in whole words.
void store_words(void *shared, const void *from, size_t bytes);
void load_words(void *to, const void *shared, size_t bytes);

}  // namespace pyro::wire
