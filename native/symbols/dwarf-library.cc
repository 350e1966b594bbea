// How is libdw opened at run time?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/dwarf-library.h"

#include <dlfcn.h>

namespace pyro::symbols {

bool DwarfLibrary::open(const char *name) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
#define X(function)                                                              \
  function = reinterpret_cast<decltype(&::function)>(dlsym(library, #function)); \
  if (function == nullptr) return false;
  PYRO_LIBDW(X)
#undef X
  return true;
}

}  // namespace pyro::symbols
