// How is what is packed inside an ELF file unpacked?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

namespace pyro::symbols {

// "" when it is not xz, is cut off, would be longer than `limit`, or liblzma is not installed.
std::string unpacked_xz(const std::string &packed, size_t limit);

}  // namespace pyro::symbols
