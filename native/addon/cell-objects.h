// Which objects can one look at the cells share with the look before? Those of cells in which nothing was counted
// since.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

#include <array>
#include <cstdint>
#include <vector>

#include "wire/reader.h"

namespace pyro::addon {

// What makes objects costs most of a look, and most cells of a pipeline that rests are as they were.
class CellObjects {
 public:
  // One object a cell, of cells as Reader::gone_cells() gives them. Nobody may change these objects.
  Napi::Array of(Napi::Env env, const std::vector<wire::CellCopy> &cells);

 private:
  struct Place {
    uint64_t moved = 0;     // CellCopy::moved of the object; 0 = there is none
    uint32_t position = 0;  // in last_
  };

  std::array<Place, wire::kCellCapacity> places_{};  // by the cell's index
  Napi::Reference<Napi::Array> last_;                // what of() returned last
};

}  // namespace pyro::addon
