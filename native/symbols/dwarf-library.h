// Where does libdw come from? Opened when the first file with lines is met, and not before.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <dwarf.h>
#include <elfutils/libdw.h>

namespace pyro::symbols {

// X(function): what we use of libdw; called as library.function(…)
#define PYRO_LIBDW(X)     \
  X(dwarf_begin_elf)      \
  X(dwarf_end)            \
  X(dwarf_setalt)         \
  X(dwarf_get_units)      \
  X(dwarf_offdie)         \
  X(dwarf_dieoffset)      \
  X(dwarf_ranges)         \
  X(dwarf_haspc)          \
  X(dwarf_child)          \
  X(dwarf_siblingof)      \
  X(dwarf_tag)            \
  X(dwarf_attr)           \
  X(dwarf_attr_integrate) \
  X(dwarf_formstring)     \
  X(dwarf_formudata)      \
  X(dwarf_diename)        \
  X(dwarf_getsrc_die)     \
  X(dwarf_getsrcfiles)    \
  X(dwarf_filesrc)        \
  X(dwarf_linesrc)        \
  X(dwarf_lineno)

// Never closed, like libelf.
class DwarfLibrary {
 public:
  // False when the library or one of its functions is missing.
  bool open(const char *name);

#define X(function) decltype(&::function) function = nullptr;
  PYRO_LIBDW(X)
#undef X
};

}  // namespace pyro::symbols
