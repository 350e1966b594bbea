// How are names demangled without letting a hostile one take all memory?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/demangle.h"

#include <cxxabi.h>

#include <cstdlib>

#include "symbols/rust-name.h"

namespace pyro::symbols {
namespace {

constexpr size_t kMaxName = 500;      // of what we return
constexpr size_t kMaxMangled = 1000;  // of what we try to demangle

// A name may refer back to its own parts, and each reference may double what it stands for: 230 bytes became 142 MB.
// So many references give 2 MB at worst; real names have fewer.
constexpr int kMaxReferences = 32;

bool is_modest(const std::string &mangled) {
  if (mangled.size() > kMaxMangled) return false;
  int references = 0;
  for (size_t i = 0; i + 1 < mangled.size(); i++) {
    const char next = mangled[i + 1];
    const bool numbered = next == '_' || (next >= '0' && next <= '9') || (next >= 'A' && next <= 'Z');
    if ((mangled[i] == 'S' || mangled[i] == 'T') && numbered) references++;
  }
  return references <= kMaxReferences;
}

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
  if (plain.compare(0, 2, "_R") == 0 && plain.size() <= kMaxMangled) {
    std::string rust = rust_demangled(plain);
    return shortened(rust.empty() ? std::move(plain) : std::move(rust));
  }
  if (plain.compare(0, 2, "_Z") != 0 || !is_modest(plain)) return shortened(std::move(plain));
  int status = 0;
  const std::string mangled = plain.substr(0, plain.find(".llvm."));  // what link-time optimisation adds
  char *readable = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status);
  if (status == 0 && readable != nullptr) plain = rust_from_legacy(mangled, readable);
  std::free(readable);
  return shortened(std::move(plain));
}

}  // namespace pyro::symbols
