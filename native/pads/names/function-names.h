// What is a function called, after all classes and pads that have it?
//
// The name depends on what was noted, not on the order in which it was: of more classes, a name can only become that of
// a class they have in common, of the class that declares the slot, or none.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "pads/names/function-notes.h"

namespace pyro::pads {

// Where a function lies. Module 0: in no file, in no module that is known, or in our own.
struct FunctionPlace {
  uint32_t module = 0;
  uint64_t address = 0;  // as in frames
};
using Locate = FunctionPlace (*)(gconstpointer function);

struct NamedFunction {
  FunctionPlace place;
  std::string name;  // "" = none any more
  bool had_name;
};

// Used by one thread.
class FunctionNames {
 public:
  // Takes over what was noted since the last time; false = nothing.
  bool take() { return take_notes(noted_); }
  // The functions among it that have a name now, or another one than before. All modules are known to `locate`.
  std::vector<NamedFunction> update(Locate locate);

 private:
  using Claims = std::vector<FunctionNote>;

  FunctionPlace place_of(gconstpointer function, Locate locate) const;
  void find_homes(Locate locate);
  bool is_a(uint16_t type, uint16_t base) const;
  bool lives_in(uint16_t type, uint32_t module) const { return type < homes_.size() && homes_[type] == module; }
  std::string name_of(const Claims &claims, uint32_t module) const;
  std::string slot_name_of(const Claims &claims, uint32_t module) const;
  std::string pad_function_name(const Claims &claims, uint32_t module) const;
  uint16_t class_owner(const Claims &claims, uint32_t module) const;
  uint16_t pad_owner(const Claims &claims, uint32_t module) const;
  uint16_t pad_class_owner(const Claims &claims, uint32_t module) const;
  std::string slot_text(uint16_t owner, const FunctionNote &note) const;

  NotedFunctions noted_;
  std::vector<FunctionNote> sorted_;  // of noted_.notes those that were looked at, by function
  std::vector<uint32_t> homes_;       // of types: the module that most of their functions are in; 0 = nowhere
  static constexpr uint32_t kAnywhere = UINT32_MAX;  // it has no function by which to tell
};

}  // namespace pyro::pads
