// How do the tests know where the functions of the fixture really are? They ask the loader.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "symbols/elf-file.h"
#include "symbols/symbolizer.h"

namespace pyro::symbols {

inline const std::string kFixture = FIXTURE_DIR "/libfixture.so";
inline const std::string kStripped = FIXTURE_DIR "/libfixture-stripped.so";
inline const std::string kNoId = FIXTURE_DIR "/libfixture-no-id.so";
inline const std::string kLines = FIXTURE_DIR "/liblines.so";

// ELF virtual address of an exported symbol, by dlsym and the load address.
inline uint64_t address_of(const char *symbol, const std::string &path = kFixture) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) abort();
  void *at = dlsym(library, symbol);
  link_map *map = nullptr;
  if (at == nullptr || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) abort();
  return reinterpret_cast<uint64_t>(at) - map->l_addr;
}

// That of the function that no dynamic symbol names.
inline uint64_t address_of_hidden() {
  void *library = dlopen(kFixture.c_str(), RTLD_NOW | RTLD_LOCAL);
  link_map *map = nullptr;
  if (library == nullptr || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) abort();
  const auto ask = reinterpret_cast<const void *(*)()>(dlsym(library, "fixture_where_hidden_is"));
  return reinterpret_cast<uint64_t>(ask()) - map->l_addr;
}

inline std::string build_id_of(const std::string &path) {
  ElfLibrary library;
  if (!library.open("libelf.so.1")) abort();
  ElfFile file(library);
  if (!file.open("", path).empty()) abort();
  return file.build_id();
}

inline Answer ask(Symbolizer &symbolizer, const std::string &path, std::vector<uint64_t> addresses) {
  return symbolizer.answer({path, build_id_of(path), "", std::move(addresses)});
}

inline std::string contents(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace pyro::symbols
