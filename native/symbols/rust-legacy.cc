// How are the names read that rustc makes look like C++? What they escape is translated, and their hash goes.
// SPDX-License-Identifier: MPL-2.0
#include <cstdint>

#include "symbols/rust-name.h"
#include "symbols/rust-text.h"

namespace pyro::symbols {
namespace {

void add_utf8(std::string &to, uint32_t c) {
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else if (c < 0x800) {
    to += static_cast<char>(0xc0 | c >> 6);
    to += static_cast<char>(0x80 | (c & 63));
  } else {
    to += static_cast<char>(0xe0 | (c >> 12 & 15));
    to += static_cast<char>(0x80 | (c >> 6 & 63));
    to += static_cast<char>(0x80 | (c & 63));
  }
}

// "$LT$", "$u7e$" and such; 0 if it is none.
uint32_t character_of(std::string_view code) {
  static const struct {
    const char *code;
    char text;
  } kCodes[] = {{"SP", '@'}, {"BP", '*'}, {"RF", '&'}, {"LT", '<'}, {"GT", '>'}, {"LP", '('}, {"RP", ')'}, {"C", ','}};
  for (const auto &each : kCodes)
    if (code == each.code) return static_cast<uint32_t>(each.text);
  if (code.size() < 2 || code.size() > 5 || code[0] != 'u') return 0;
  uint32_t value = 0;
  for (const char c : code.substr(1)) {
    if (!is_hex(c)) return 0;
    value = value * 16 + static_cast<uint32_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return value >= 0x20 && (value < 0xd800 || value > 0xdfff) ? value : 0;
}

// A hash is 17 characters with its "h", and the last part of a nested name.
bool has_hash(const std::string &mangled) {
  if (mangled.compare(0, 3, "_ZN") != 0) return false;
  const size_t end = mangled.size();
  if (end < 24 || mangled[end - 1] != 'E' || mangled.compare(end - 20, 3, "17h") != 0) return false;
  for (size_t i = end - 17; i < end - 1; i++)
    if (!is_hex(mangled[i])) return false;
  return true;
}

}  // namespace

std::string rust_from_legacy(const std::string &mangled, std::string demangled) {
  const size_t hash = demangled.rfind("::h");
  if (!has_hash(mangled) || hash == std::string::npos) return demangled;
  demangled.resize(hash);
  std::string name;
  for (size_t i = 0; i < demangled.size();) {
    const bool begins = i == 0 || demangled.compare(i - 1, 1, ":") == 0;
    if (begins && demangled.compare(i, 2, "_$") == 0) i++;  // put there so that no part begins with "$"
    const size_t end = demangled[i] == '$' ? demangled.find('$', i + 1) : std::string::npos;
    const uint32_t c =
        end == std::string::npos ? 0 : character_of(std::string_view(demangled).substr(i + 1, end - i - 1));
    if (c != 0) {
      add_utf8(name, c);
      i = end + 1;
    } else if (demangled.compare(i, 2, "..") == 0) {
      name += "::";
      i += 2;
    } else {
      name += demangled[i++];
    }
  }
  return name;
}

}  // namespace pyro::symbols
