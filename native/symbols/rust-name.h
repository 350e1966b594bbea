// How does a Rust symbol look to a person?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>

namespace pyro::symbols {

// Of a name that is demangled as C++ but was mangled by rustc's older scheme; as it is if it was not. The hash goes.
std::string rust_from_legacy(const std::string &mangled, std::string demangled);

// Of rustc's newer scheme, "_R…"; "" if it is none, or says more than fits into a few kilobytes.
std::string rust_demangled(std::string_view mangled);

}  // namespace pyro::symbols
