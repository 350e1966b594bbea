// Is a walk right, at this instruction? Frame by frame against the shadow stack, registers included.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "shadow-stack.h"
#include "unwind/walk/unwinder.h"
#include "unwind/walk/walker.h"

namespace pyro::oracle {

enum class Kind : uint8_t { kCompiled, kGenerated, kAssembly };
const char *name_of(Kind kind);

// One instruction's outcome.
struct Verdict {
  Kind kind = Kind::kCompiled;
  const unwind::Segment *without_cfi = nullptr;  // of the first frame that no table describes
  unwind::End end = unwind::End::kRoot;
  bool inferred = false;
  bool wrong = false;         // shows a caller that is none, or ends as if there were no more
  bool first_caller = false;  // the caller of the interrupted code is right
  bool whole = false;         // all of it, to the root
  uint32_t wrong_at = 0;      // frame
  uint32_t registers_checked = 0, registers_wrong = 0, registers_unknown = 0;
  uint8_t wrong_register = 0;
  bool walk_differs = false;  // walk() and Walker do not say the same
};

Verdict judge(const Registers &start, StackBounds stack, StackBounds alternate, const ShadowStack &shadow);

// Sums of verdicts.
struct Tally {
  uint64_t steps = 0, whole = 0, first_caller = 0, stopped = 0, wrong = 0, inferred = 0, walk_differs = 0;
  uint64_t registers_checked = 0, registers_wrong = 0, registers_unknown = 0;
  void add(const Verdict &verdict);
  void add(const Tally &other);
};

}  // namespace pyro::oracle
