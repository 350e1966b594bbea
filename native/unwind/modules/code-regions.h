// Which executable memory belongs to no module? Read from /proc/self/maps, only after a walk met unknown code.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/image.h"
#include "unwind/cfi/mapped-array.h"

namespace pyro::unwind {

inline constexpr uint32_t kRegionName = 64;

struct CodeRegion {
  Range range;             // addresses
  char name[kRegionName];  // what the kernel calls it, cut; empty = anonymous
};

// Parses maps text: executable regions that `skip` does not claim, neighbours of one name merged, at most `most`.
// A line that makes no sense is passed over.
void parse_code_regions(const char *text, size_t size, bool (*skip)(void *user, Range range), void *user, size_t most,
                        MappedArray<CodeRegion> &out);
// The same for this process. false = the file could not be read.
bool read_code_regions(bool (*skip)(void *user, Range range), void *user, size_t most, MappedArray<CodeRegion> &out);

}  // namespace pyro::unwind
