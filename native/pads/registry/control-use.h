// What have a pad's event functions, its query functions, its links taken so far?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "wire/cells.h"

namespace pyro::pads {

struct ControlUse {
  std::atomic<uint64_t> calls{0}, spent_ns{0};  // since a cell took what there was
  std::atomic<uint64_t> session{0};             // that `cell` belongs to; released after it
  wire::Cell *cell = nullptr;                   // nullptr = none was left
};

// Places of a pad's uses.
inline constexpr uint32_t kEventUse = 0, kQueryUse = 1, kLinkUse = 2, kControlUses = 3;

inline uint32_t use_of(uint32_t kind) {
  return kind == wire::kCellEvent ? kEventUse : kind == wire::kCellQuery ? kQueryUse : kLinkUse;
}

// Calls of a pad that took less, all together, are not worth one of the cells.
inline constexpr uint64_t kWorthACell = 100 * 1000;

}  // namespace pyro::pads
