// Where do functions begin and end when no symbol tells? The unwind data of stripped files still tells.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "symbols/elf-file.h"

namespace pyro::symbols {

// .eh_frame, and what the file maps behind it: where .eh_frame_hdr says, else where the section headers do. Empty if
// none.
MappedBytes eh_frame_of(const ElfFile &file);

// The functions in it that lie in `code`. Of unwind data that breaks off, those before.
std::vector<AddressRange> function_ranges(const MappedBytes &eh_frame, const std::vector<AddressRange> &code);

}  // namespace pyro::symbols
