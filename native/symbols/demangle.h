// How does a C++ or Rust symbol look to a person?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>

namespace pyro::symbols {

// Demangled if it is a C++ or Rust name, else as it is; never longer than a few hundred bytes.
std::string demangled(std::string_view name);

}  // namespace pyro::symbols
