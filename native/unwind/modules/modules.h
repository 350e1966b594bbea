// Which code is in this process, and which of it can be walked? The map of modules and their unwind tables.
//
// Background thread only, one caller at a time, never in a signal handler. Handlers see what it publishes (snapshot.h).
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
  kJit,   // executable memory with a name of its own, such as ORC's; `path` is what the kernel calls it
  kAnon,  // executable memory without one
};

struct ModuleInfo {
  const char *path;
  const char *build_id;  // hexadecimal, from memory; empty if it has none
  ModuleKind kind;
  uint64_t bias;  // address - bias = the address in its frames
  uint64_t size;  // bytes of address space
};

struct Stats {
  uint32_t modules;       // known now, regions of generated code included
  uint32_t over_modules;  // left out because there were too many
  uint32_t tables;        // built and in use
  uint64_t rows;
  uint64_t bytes;  // memory of tables, call sites and rules
  uint32_t rules;
  uint32_t broken;         // modules whose .eh_frame could not be parsed
  uint32_t bad_functions;  // functions whose unwind program could not be carried out
  uint32_t over_cap;       // modules left without a table because of the memory cap
  uint64_t build_ns;       // time spent on tables so far
};

class ModuleMap {
 public:
  static constexpr uint32_t kMostModules = 1024;
  static constexpr uint32_t kMostRegions = 128;
  static constexpr uint64_t kMostRows = 1400000;
  static constexpr uint64_t kMostBytes = uint64_t{6} << 20;
  static constexpr uint64_t kMostBytesAhead = kMostBytes / 2;  // for tables that nothing has asked for yet

  static ModuleMap &instance();  // never destroyed: handlers may outlive everything
  // At exit(): modules are no longer opened, so no more tables are built (image.h).
  static void stop_using_dynamic_loader();

  // Brings the map up to date and then builds requested tables: first those that walks have asked for, and no further
  // one once `budget_ns` have passed. Cheap when nothing changed. True if modules came or went.
  bool refresh(uint64_t budget_ns = ~uint64_t{0});
  // Tables are left to build.
  bool unfinished() const { return unfinished_; }
  // Before the first sample: what is unloaded from now on is told from what was before.
  static void note_unloads();
  // At the next refresh: tables for the module that holds this address and for what it is linked with, up to the cap.
  void request_table_for(const void *code_address);
  // The same for a loaded module by its file, such as a plugin's: the code of a subclass may be in no function we see.
  void request_table_of(const char *path);
  // At the next refresh and for ever: libc, the loader, libstdc++, GLib, GObject, libgstreamer, libgstbase, the vDSO
  // and the program itself.
  void request_core();
  // The module that holds this address is ours: its frames are not shown and no search may find a caller in it.
  void exclude(const void *address_in_module);
  // A walk met unknown code or missed a table since the last refresh. Any thread.
  bool wants_refresh() const;
  // Asks once for each module that has no tag yet; the tag appears in its frames from then on.
  void tag_new(uint32_t (*tag)(void *user, const ModuleInfo &), void *user);
  // The same from now on before any new module is shown to walks.
  void tag_by(uint32_t (*tag)(void *user, const ModuleInfo &), void *user);
  // In a forked child, before anything else of this: its parent's background thread may have been in the middle of any
  // change, so nothing of what it knew is used. It is not freed either.
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
