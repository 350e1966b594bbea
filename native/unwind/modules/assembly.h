// What frames do hand-written functions have? No table says it, but most of them begin with a prologue that does.
//
// Codecs' assembly has no CFI, and reserves kilobytes of stack full of old return addresses that a search would stumble
// over. So gaps are cut into functions and each gets one row: the frame it has after its prologue, marked as a guess.
// The walker believes a guess only where the return address it leads to is one (leaf-search.cc), else it searches.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/cfi.h"
#include "unwind/cfi/dictionary.h"
#include "unwind/cfi/mapped-array.h"
#include "unwind/modules/call-sites.h"

namespace pyro::unwind {

// Replaces each gap that has code by rows for its functions. false = out of memory.
bool guess_gaps(const Code &code, RuleDictionary &dictionary, MappedArray<Row> &rows);

// --- by architecture ---
// The rule that holds after the prologue at `at`; false if that cannot be told.
bool guess_frame(const uint8_t *at, uint32_t size, Rule *rule);
// How does the code end that lies right before code.bytes[i], padding left aside?
enum class CodeEnd : uint8_t { kNone, kReturn, kPerhaps };
CodeEnd ends_before(const Code &code, uint32_t i, uint32_t not_before);
// Is there a conditional branch between code.bytes[from] and code.bytes[i] to the latter?
bool branches_to(const Code &code, uint32_t from, uint32_t i);

}  // namespace pyro::unwind
