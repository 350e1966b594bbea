// Which modules are loaded in this process, and which have unwind tables?
//
// Used by the background thread only, never in a signal handler. Handlers read the snapshots that it publishes
// (snapshot.h).
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "unwind/cfi/dictionary.h"
#include "unwind/cfi/image.h"
#include "unwind/cfi/mapped-array.h"
#include "unwind/modules/code-regions.h"
#include "unwind/modules/snapshot-keeper.h"

namespace pyro::unwind {

struct Module;

enum class ModuleKind : uint8_t {
  kFile,
  kVdso,
  kJit,   // named executable memory of no file, such as ORC's; `path` is its name in /proc/self/maps
  kAnon,  // executable memory without a name
};

struct ModuleInfo {
  const char *path;
  const char *build_id;  // hexadecimal, as read from memory; empty if it has none
  ModuleKind kind;
  uint64_t bias;  // load bias: address - bias = address in the ELF file, as in frames
  uint64_t size;  // bytes of address space
};

// Code by the tag of its module.
struct CodePlace {
  uint32_t tag = 0;
  uint64_t address = 0;  // in the ELF file
};

struct Stats {
  uint32_t modules;       // in the map now, regions of generated code included
  uint32_t over_modules;  // left out because of kMostModules
  uint32_t tables;        // built and in use
  uint64_t rows;
  uint64_t bytes;  // memory of tables, call sites and rules
  uint32_t rules;
  uint32_t broken;         // modules whose .eh_frame could not be parsed, and core libraries without one
  uint32_t bad_functions;  // functions whose CFI program could not be executed
  uint32_t over_cap;       // modules left without a table because of the memory cap
  uint64_t build_ns;       // time spent on tables so far
  const char *blind;       // path of a core library at which every stack ends, valid until refresh(); nullptr = none
};

class ModuleMap {
 public:
  static constexpr uint32_t kMostModules = 1024;
  static constexpr uint32_t kMostRegions = 128;
  static constexpr uint64_t kMostRows = 1400000;
  static constexpr uint64_t kMostBytes = uint64_t{6} << 20;
  static constexpr uint64_t kMostBytesAhead = kMostBytes / 2;  // of tables that no walk has asked for yet

  static ModuleMap &instance();
  // Updates the map, then builds requested tables, those that walks asked for first; after `budget_ns` no further one
  // is started. Cheap if nothing changed. True if modules were loaded or unloaded.
  bool refresh(uint64_t budget_ns = ~uint64_t{0});
  // True if requested tables are still to be built.
  bool unfinished() const { return unfinished_; }
  // Records the loader's count of unloads, so that later unloads are noticed. Call before the first sample.
  static void note_unloads();
  // Requests tables, at the next refresh, for the module that contains this address and for the libraries that it needs
  // (DT_NEEDED), up to the memory cap.
  void request_table_for(const void *code_address);
  // Like request_table_for, for a loaded module by its path, such as a plugin whose pads have only functions of a base
  // class in another library.
  void request_table_of(const char *path);
  // Requests tables, at the next refresh and permanently, for libc, the loader, libstdc++, GLib, GObject, libgstreamer,
  // libgstbase, the vDSO and the program itself.
  void request_core();
  // True if libgcc can unwind through the module that contains this address without crashing. libgcc trusts
  // .eh_frame_hdr: if the .eh_frame that it points to was removed or is damaged, the process crashes. Without the
  // header libgcc stops at the module, which is safe.
  static bool is_safe_for_libgcc(const void *address_in_module);
  // Marks the module that contains this address as our own: its frames are hidden and never taken for a caller.
  void exclude(const void *address_in_module);
  // Where code lies in a file that is loaded, by the latest refresh; tag 0: in none, in our own, or not in code.
  CodePlace file_of(const void *code_address) const;
  // True if a walk met unknown code or a missing table since the last refresh. Any thread may call it.
  bool wants_refresh() const;
  // Calls tag(user, info) once for each module without a tag; frames of the module carry the tag from then on.
  void tag_new(uint32_t (*tag)(void *user, const ModuleInfo &), void *user);
  // Like tag_new, and from now on also for every new module, before walks can see it.
  void tag_by(uint32_t (*tag)(void *user, const ModuleInfo &), void *user);
  // For a forked child, before any other call: starts with an empty map, because the parent's background thread may
  // have been changing the old one during the fork. The old one is not freed.
  static void start_afresh();
  Stats stats() const;

 private:
  ModuleMap() = default;
  static ModuleMap *only_;

  bool update_modules();
  bool update_regions();
  void add_image(const Image &image, const char *name, bool trust_identity);
  bool add(Module *module);
  void sweep(bool regions);
  void mark_excluded();
  void note_requests();
  void request_with_needed(Module &module);
  bool build_requested(uint64_t budget_ns);
  Module *next_to_build();
  bool build(Module &module, uint64_t limit);
  bool over(Module &module);
  bool evict();
  bool build_calls(Module &module);
  Module *module_at(uint64_t address);
  Module *module_named(const char *base_name);
  uint64_t bytes_in_use() const;
  static bool claimed(void *user, Range range);

  MappedArray<Module *> modules_;
  MappedArray<uint64_t> requested_;  // addresses
  MappedArray<uint64_t> excluded_;   // addresses
  RuleDictionary dictionary_;
  SnapshotKeeper keeper_;
  uint64_t adds_ = 0, subs_ = 0;
  uint64_t table_bytes_ = 0, rows_ = 0, build_ns_ = 0;
  uint32_t over_modules_ = 0, broken_ = 0, bad_functions_ = 0;
  bool core_requested_ = false, has_regions_ = false, stale_ = false, unfinished_ = false;
  uint32_t (*tag_)(void *user, const ModuleInfo &) = nullptr;
  void *tag_user_ = nullptr;
};

}  // namespace pyro::unwind
