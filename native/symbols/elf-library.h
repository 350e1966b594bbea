// Where is libelf loaded from? From the system, else from the addon's own folder, where a release contains it. It is
// loaded with dlopen when it is first needed.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gelf.h>
#include <libelf.h>

namespace pyro::symbols {

// X(function): the libelf functions in use, as members of ElfLibrary.
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

// libelf, loaded at run time. It is never closed, because other threads may still use it.
class ElfLibrary {
 public:
  // `name`: a soname or a path, as dlopen takes it. False if the library or one of its functions is missing.
  bool open(const char *name);

#define X(function) decltype(&::function) function = nullptr;
  PYRO_LIBELF(X)
#undef X
};

}  // namespace pyro::symbols
