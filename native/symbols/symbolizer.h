// What is the name of the function at this address of that file, and which line is it?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "symbols/dwarf-file.h"
#include "symbols/elf-library.h"
#include "symbols/function-index.h"
#include "symbols/query.h"

namespace pyro::symbols {

struct SymbolizerLimits {
  size_t indexes = size_t{48} << 20;  // bytes of names kept
  size_t lines = size_t{8} << 20;     // bytes of lines kept open
};

// Thread-safe; one question at a time. Keeps what it read of the files asked for last, bounded in bytes.
class Symbolizer {
 public:
  explicit Symbolizer(const char *elf_library = "libelf.so.1", const char *dwarf_library = "libdw.so.1",
                      SymbolizerLimits limits = {});
  // Without addresses: only whether the file is there and of this build.
  Answer answer(const Query &query);
  size_t cached_bytes();

 private:
  // What was learned of one module.
  struct Module {
    explicit Module(std::vector<AddressRange> code) : index(std::move(code)) {}
    FunctionIndex index;
    std::string problem;
    Source source = Source::kNone;
    bool own_lines = false, has_lines = false;
    std::unique_ptr<DwarfFile> lines;  // opened when asked for, closed again if large
  };
  struct Cached {
    std::string key;
    std::unique_ptr<Module> module;
  };
  enum LibraryState { kNotTried, kOpen, kMissing };

  std::string open_module(const Query &query, ElfFile &file) const;
  Module *module_of(const Query &query, std::string *problem);
  std::unique_ptr<Module> build(const Query &query, std::string *problem) const;
  void add_symbols(Module &module, const ElfFile *own, const ElfFile *debug, Source debug_source) const;
  Module *keep(const std::string &key, std::unique_ptr<Module> module);
  void trim(size_t spared);
  DwarfFile *lines_of(Module &module, const Query &query);
  void close_lines();
  void add_lines(Module &module, const Query &query, Answer &answer);

  const char *elf_library_name_, *dwarf_library_name_;
  const SymbolizerLimits limits_;
  std::mutex mutex_;
  ElfLibrary library_;
  DwarfLibrary dwarf_library_;
  LibraryState library_state_ = kNotTried, dwarf_state_ = kNotTried;
  std::list<Cached> cache_;  // most recent first
  std::unordered_map<std::string, std::list<Cached>::iterator> by_key_;
  size_t cache_bytes_ = 0;
};

}  // namespace pyro::symbols
