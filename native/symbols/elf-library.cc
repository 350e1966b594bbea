// How is libelf opened at run time?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/elf-library.h"

#include <dlfcn.h>

namespace pyro::symbols {

bool ElfLibrary::open(const char *name) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
#define X(function)                                                              \
  function = reinterpret_cast<decltype(&::function)>(dlsym(library, #function)); \
  if (function == nullptr) return false;
  PYRO_LIBELF(X)
#undef X
  return elf_version(EV_CURRENT) != EV_NONE;
}

}  // namespace pyro::symbols
