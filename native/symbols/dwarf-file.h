// On which line is this address, and which functions were inlined there?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "symbols/dwarf-library.h"
#include "symbols/elf-file.h"

namespace pyro::symbols {

struct SourceLine {
  std::string function;  // demangled; "" = not said
  std::string file;      // "" = not said
  uint32_t line = 0;
};

// What an answer may cost, whatever the file says.
struct Budget {
  uint64_t steps = 20000000;  // entries looked at: a second or two
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  bool spent();
};

// Bytes of lines and functions in the file, unpacked; 0 = it has none, or more than we would read.
uint64_t dwarf_bytes(const ElfFile &file);

class DwarfFile {
 public:
  // `alternate`: see find_alternate_file, or nullptr. nullptr when libdw does not take it.
  static std::unique_ptr<DwarfFile> open(const DwarfLibrary &library, std::unique_ptr<ElfFile> file,
                                         std::unique_ptr<ElfFile> alternate);
  ~DwarfFile();
  DwarfFile(const DwarfFile &) = delete;
  DwarfFile &operator=(const DwarfFile &) = delete;

  // For each address the innermost inlined function first, last the function itself; empty where nothing is known.
  std::vector<std::vector<SourceLine>> lines(const std::vector<uint64_t> &addresses, Budget &budget);
  uint64_t bytes() const { return bytes_; }

 private:
  struct Unit {
    uint64_t begin, end;
    Dwarf_Off die;
  };
  struct Wanted {
    uint64_t address;
    size_t at;  // in the question
  };
  using Span = std::pair<const Wanted *, const Wanted *>;
  using Answers = std::vector<std::vector<SourceLine>>;
  using Scopes = std::vector<Dwarf_Die>;

  explicit DwarfFile(const DwarfLibrary &library) : library_(library) {}
  void list_units(Budget &budget);
  const Unit *unit_of(uint64_t address) const;
  void answer_unit(const Unit &unit, Span wanted, Answers &answers, Budget &budget);
  void look_below(Dwarf_Die *parent, Span wanted, int depth, std::vector<Scopes> &found, Budget &budget);
  void match(Dwarf_Die *function, Span wanted, std::vector<Scopes> &found, Budget &budget);
  void descend(uint64_t address, Scopes &scopes, Budget &budget);
  std::vector<SourceLine> lines_at(Dwarf_Die *unit, uint64_t address, Scopes &scopes);
  std::string whole_path(Dwarf_Die *unit, const char *file) const;
  std::string function_name(Dwarf_Die *die) const;
  uint64_t number(Dwarf_Die *die, unsigned attribute) const;

  const DwarfLibrary &library_;
  std::unique_ptr<ElfFile> file_, alternate_file_;
  Dwarf *dwarf_ = nullptr, *alternate_ = nullptr;
  uint64_t bytes_ = 0;
  bool listed_ = false;
  std::vector<Unit> units_;  // sorted by begin
};

}  // namespace pyro::symbols
