// Where does a file's unwind data lie, and which functions does it describe? Read as the tracer reads it.
// SPDX-License-Identifier: MPL-2.0
#include "symbols/eh-frame.h"

#include <algorithm>
#include <cstring>

#include "unwind/cfi/cfi.h"

namespace pyro::symbols {
namespace {

// Nothing is relocated in a file.
unwind::Section section_of(const MappedBytes &bytes) { return {bytes.data, bytes.size, bytes.address, 0}; }

}  // namespace

MappedBytes eh_frame_of(const ElfFile &file) {
  uint64_t address = unwind::eh_frame_address(section_of(file.eh_frame_hdr()));
  if (address == 0)
    file.sections([&](const GElf_Shdr &header, const char *name, Elf_Scn *) {
      if (std::strcmp(name, ".eh_frame") == 0 && (header.sh_flags & SHF_ALLOC) != 0) address = header.sh_addr;
    });
  return file.bytes_from(address);
}

std::vector<AddressRange> function_ranges(const MappedBytes &eh_frame, const std::vector<AddressRange> &code) {
  AddressRange text{UINT64_MAX, 0};
  for (const AddressRange &range : code) text = {std::min(text.begin, range.begin), std::max(text.end, range.end)};
  std::vector<AddressRange> ranges;
  unwind::MappedArray<unwind::Function> functions;
  if (eh_frame.size == 0 || text.end <= text.begin || text.end - text.begin > UINT32_MAX) return ranges;
  unwind::list_functions(section_of(eh_frame), text.begin, text.end, functions);
  for (const unwind::Function &function : functions)
    ranges.push_back({text.begin + function.start, text.begin + function.end});
  return ranges;
}

}  // namespace pyro::symbols
