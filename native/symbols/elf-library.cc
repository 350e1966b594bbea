// How is libelf opened at run time?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/elf-library.h"

#include <dlfcn.h>

#include <string>

namespace pyro::symbols {
namespace {

// Of the folder that this code was loaded from.
void *open_beside(const char *name) {
  Dl_info own{};
  if (dladdr(reinterpret_cast<const void *>(&open_beside), &own) == 0 || own.dli_fname == nullptr) return nullptr;
  const std::string path = own.dli_fname;
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return nullptr;
  return dlopen((path.substr(0, slash + 1) + name).c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

bool ElfLibrary::open(const char *name) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) library = open_beside(name);
  if (library == nullptr) return false;
#define X(function)                                                              \
  function = reinterpret_cast<decltype(&::function)>(dlsym(library, #function)); \
  if (function == nullptr) return false;
  PYRO_LIBELF(X)
#undef X
  return elf_version(EV_CURRENT) != EV_NONE;
}

}  // namespace pyro::symbols
