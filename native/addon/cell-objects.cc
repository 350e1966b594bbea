// How are the objects of cells that did not move found again?
// SPDX-License-Identifier: MPL-2.0
#include "addon/cell-objects.h"

#include "addon/segment-values.h"

namespace pyro::addon {

Napi::Array CellObjects::of(Napi::Env env, const std::vector<wire::CellCopy> &cells) {
  const Napi::Array array = Napi::Array::New(env, cells.size());
  const bool first = last_.IsEmpty();
  std::array<Place, wire::kCellCapacity> places{};
  for (uint32_t i = 0; i < cells.size(); i++) {
    Napi::HandleScope scope(env);
    const wire::CellCopy &cell = cells[i];
    const Place &before = places_[cell.index];
    const bool rests = !first && cell.moved != 0 && before.moved == cell.moved;
    array.Set(i, rests ? last_.Value().Get(before.position) : cell_snapshot(env, cell));
    places[cell.index] = {cell.moved, i};
  }
  places_ = places;
  last_ = Napi::Persistent(array);
  return array;
}

}  // namespace pyro::addon
