// How is a Rust symbol demangled?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>

namespace pyro::symbols {

// The readable form of a name in rustc's legacy mangling ("_ZN…17h<hash>E"), without its hash. `demangled` is the name
// as the C++ demangler printed it; it is returned unchanged if `mangled` is not a legacy Rust name.
std::string rust_from_legacy(const std::string &mangled, std::string demangled);

// The readable form of a name in rustc's v0 mangling ("_R…"); "" if it is not valid, or longer than a few kilobytes.
std::string rust_demangled(std::string_view mangled);

}  // namespace pyro::symbols
