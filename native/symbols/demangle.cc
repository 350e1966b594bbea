// How are names demangled without letting a hostile one take all memory?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/demangle.h"

#include <cxxabi.h>

#include <cstdlib>

namespace pyro::symbols {
namespace {

constexpr size_t kMaxName = 500;      // of what we return
constexpr size_t kMaxMangled = 1000;  // of what we try to demangle

std::string shortened(std::string name) {
  if (name.size() <= kMaxName) return name;
  size_t cut = kMaxName;
  while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xc0) == 0x80) cut--;  // not inside a UTF-8 character
  name.resize(cut);
  return name + "…";
}

}  // namespace

std::string demangled(std::string_view name) {
  std::string plain(name);
  if (plain.size() > kMaxMangled || plain.compare(0, 2, "_Z") != 0) return shortened(std::move(plain));
  int status = 0;
  char *readable = abi::__cxa_demangle(plain.c_str(), nullptr, nullptr, &status);
  if (status == 0 && readable != nullptr) plain = readable;
  std::free(readable);
  return shortened(std::move(plain));
}

}  // namespace pyro::symbols
