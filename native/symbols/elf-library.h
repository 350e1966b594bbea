// Where does libelf come from? Opened when first needed, so that an agent on a machine without it still runs.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gelf.h>
#include <libelf.h>

namespace pyro::symbols {

// X(function): what we use of libelf; called as library.function(…)
#define PYRO_LIBELF(X)    \
  X(elf_version)          \
  X(elf_begin)            \
  X(elf_end)              \
  X(elf_kind)             \
  X(elf_memory)           \
  X(elf_getshdrstrndx)    \
  X(elf_getphdrnum)       \
  X(elf_nextscn)          \
  X(elf_getscn)           \
  X(elf_getdata)          \
  X(elf_getdata_rawchunk) \
  X(elf_strptr)           \
  X(gelf_getphdr)         \
  X(gelf_getshdr)         \
  X(gelf_getchdr)         \
  X(gelf_getsym)          \
  X(gelf_getnote)

// Never closed: closing a library while others may use it gains nothing.
class ElfLibrary {
 public:
  // False when the library or one of its functions is missing.
  bool open(const char *name);

#define X(function) decltype(&::function) function = nullptr;
  PYRO_LIBELF(X)
#undef X
};

}  // namespace pyro::symbols
