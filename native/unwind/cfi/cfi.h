// What does .eh_frame say about every instruction? A bounded reader: bytes in, rows of (offset, rule) out.
//
// The input may be anything: nothing is read outside it, whatever it says. Structure that cannot be right breaks the
// whole section; a function whose program cannot be carried out becomes one "bad rule" row and the others stay.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "unwind/cfi/dictionary.h"
#include "unwind/cfi/mapped-array.h"

namespace pyro::unwind {

// Bytes at an ELF address. `bias` is where address 0 is loaded; it is needed only for absolute pointers.
struct Section {
  const uint8_t *data;
  size_t size;
  uint64_t address;
  uint64_t bias;
};

// From `at` (bytes after the start of the text) until the next row this rule holds.
struct Row {
  uint32_t at;
  uint16_t rule;
  uint16_t reserved;
};

// One function as the section names it.
struct Function {
  uint32_t start, end;  // bytes after the start of the text
  uint32_t fde;         // where its description lies in the section
};

struct Cfi {
  MappedArray<Function> functions;  // sorted by start, not overlapping
  MappedArray<Row> rows;            // sorted, from the first function to the end of the text; gaps are rows
  uint32_t bad_functions = 0;       // programs that could not be carried out
};

enum class CfiError : uint8_t { kNone, kBroken, kNoMemory };

// Reads the whole section for code in [text_start, text_end), ELF addresses.
CfiError read_cfi(const Section &section, uint64_t text_start, uint64_t text_end, RuleDictionary &dictionary, Cfi &out);

// The functions alone, as the section names them: they may overlap. Of a section that breaks off, those before.
CfiError list_functions(const Section &section, uint64_t text_start, uint64_t text_end, MappedArray<Function> &out);

// Where .eh_frame begins, read from .eh_frame_hdr; 0 = cannot say.
uint64_t eh_frame_address(const Section &header);

}  // namespace pyro::unwind
