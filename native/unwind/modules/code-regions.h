// Which executable memory belongs to no module (JIT code)? Read from /proc/self/maps after a walk met unknown code.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/image.h"
#include "unwind/cfi/mapped-array.h"

namespace pyro::unwind {

inline constexpr uint32_t kRegionName = 64;

struct CodeRegion {
  Range range;             // absolute addresses
  char name[kRegionName];  // its name in /proc/self/maps, truncated; empty = anonymous
};

// Parses the text of /proc/<pid>/maps into up to `most` executable regions. Regions for which skip(user, range) is true
// are left out, adjacent regions of the same name are merged, and invalid lines are ignored.
void parse_code_regions(const char *text, size_t size, bool (*skip)(void *user, Range range), void *user, size_t most,
                        MappedArray<CodeRegion> &out);
// Like parse_code_regions, for this process. False = /proc/self/maps could not be read.
bool read_code_regions(bool (*skip)(void *user, Range range), void *user, size_t most, MappedArray<CodeRegion> &out);

}  // namespace pyro::unwind
