// Where do functions begin and end when no symbol says so? The unwind data of stripped files still tells.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "symbols/elf-file.h"

namespace pyro::symbols {

// Address of .eh_frame according to .eh_frame_hdr; 0 when it does not say.
uint64_t eh_frame_address(const MappedBytes &hdr);

// Ranges of all FDEs, in file order. Stops at the terminator, or at the first record that makes no sense.
std::vector<AddressRange> function_ranges(const MappedBytes &eh_frame);

}  // namespace pyro::symbols
