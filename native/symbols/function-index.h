// Which function covers an address? Sorted once, searched often.
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
  int64_t start = -1;        // of the function, else of the undescribed code around the address; -1 = not code at all
  bool in_function = false;  // `start` is that of a function
};

class FunctionIndex {
 public:
  // Only what lies in `code` is believed. Add ranges before symbols: they bound symbols without size.
  explicit FunctionIndex(std::vector<AddressRange> code);
  void add_ranges(std::vector<AddressRange> ranges);
  void add_symbol(std::string_view name, uint64_t start, uint64_t size, Binding binding);
  void finish();

  Found find(uint64_t address) const;
  size_t bytes() const;
  size_t symbols() const { return symbols_.size(); }

 private:
  struct Symbol {
    uint64_t start, end;
    uint64_t reach;  // largest end up to here
    uint32_t name_at, name_size;
    Binding binding;
  };
  std::string_view name_of(const Symbol &symbol) const { return {names_.data() + symbol.name_at, symbol.name_size}; }
  bool is_better(const Symbol &a, const Symbol &b) const;
  const AddressRange *code_around(uint64_t address) const;
  const AddressRange *range_around(uint64_t address) const;

  std::vector<AddressRange> code_;
  std::vector<AddressRange> ranges_;  // sorted, not overlapping
  std::vector<Symbol> symbols_;       // sorted, one for each start
  std::string names_;
};

}  // namespace pyro::symbols
