// Which function contains an address? An index that is sorted once and then searched.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/elf-file.h"

namespace pyro::symbols {

struct Found {
  std::string_view name;     // "" = no symbol covers the address
  int64_t start = -1;        // of the function, else of the gap between functions; -1 = not in executable code
  bool in_function = false;  // `start` is that of a function
};

class FunctionIndex {
 public:
  // Symbols and ranges outside of `code` are ignored. Add ranges before symbols: a symbol without a size takes that of
  // the range that starts with it, and is ignored if there is none. Call finish() before find().
  explicit FunctionIndex(std::vector<AddressRange> code);
  void add_ranges(std::vector<AddressRange> ranges);
  void add_symbol(std::string_view name, uint64_t start, uint64_t size, Binding binding);
  void finish();

  Found find(uint64_t address) const;
  // Memory in use.
  size_t bytes() const;
  size_t symbols() const { return symbols_.size(); }

 private:
  struct Symbol {
    uint64_t start, end;
    uint64_t reach;  // largest `end` of this and all earlier symbols
    uint32_t name_at, name_size;
    Binding binding;
  };
  std::string_view name_of(const Symbol &symbol) const { return {names_.data() + symbol.name_at, symbol.name_size}; }
  // True if `a` is the name to show where both start at one address: global before local, then fewer leading
  // underscores, then global before weak, then the shorter one.
  bool is_better(const Symbol &a, const Symbol &b) const;
  // The range that contains the address, or nullptr.
  const AddressRange *code_around(uint64_t address) const;
  const AddressRange *range_around(uint64_t address) const;

  std::vector<AddressRange> code_;
  std::vector<AddressRange> ranges_;  // sorted, not overlapping
  std::vector<Symbol> symbols_;       // after finish(): sorted by start, one for each
  std::string names_;
};

}  // namespace pyro::symbols
