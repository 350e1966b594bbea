// Which pair of pads has which cell, and who gets the cell of one that is gone?
//
// The target's half; the caller locks. A pair that comes back gets its old cell, which goes on counting. Where no cell
// is left, the oldest of pairs that are gone is emptied into the total of its kind, once the reader has it
// (recycling.h), and begins anew: cells and totals together always hold all that was counted.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <tuple>
#include <vector>

#include "wire/cells.h"
#include "wire/recycling.h"

namespace pyro::wire {

using CellKey = std::tuple<uint32_t, uint32_t, uint32_t>;  // pad, peer, kind

inline bool is_hop_kind(uint32_t kind) { return kind == kCellChain || kind == kCellPull; }

class CellTable {
 public:
  // Told what a cell is about: it needs these names, or does no longer.
  struct Names {
    void (*hold)(void *user, const CellKey &key);
    void (*release)(void *user, const CellKey &key);
    void *user;
  };

  CellTable(Cells &cells, Retirement &retirement, const Names &names)
      : cells_(cells), retirement_(retirement), names_(names), owner_(kCellCapacity) {}

  // A cell with this one writer, or kOverflowCell. The last half is for hops alone: what they count must not
  // give way to what drivers and queues tell besides.
  uint32_t claim(const CellKey &key);
  // Its pair is gone: it is not written to any more.
  void retire(uint32_t index);
  // Half of the cells are taken.
  bool is_scarce() const { return taken_ > kCellCapacity / 2; }

 private:
  struct Owner {
    CellKey key{};
    uint64_t gone = 0;  // number of its going; 0 = it lives, or there is none
  };
  struct Gone {
    uint64_t number;
    uint32_t index;
  };

  // Index of a cell that no pair has, emptied or never used; kOverflowCell when there is none. `hop`: for a hop, which
  // may have any cell. When few are left it asks the reader to acknowledge, and empties cells of pairs that are gone.
  uint32_t fresh(bool hop);
  // The cell counts for this pair from now on. Returns `index`.
  uint32_t begin(uint32_t index, const CellKey &key);
  // Empties the oldest cells of pairs that are gone, as far as the reader has acknowledged them.
  void make_room(bool hop);
  // Adds what the cell counted to the total of its kind and sets it to 0.
  void empty(uint32_t index);
  bool is_current(const Gone &gone) const { return owner_[gone.index].gone == gone.number; }

  Cells &cells_;
  Retirement &retirement_;
  const Names names_;
  std::vector<Owner> owner_;
  std::map<CellKey, std::vector<uint32_t>> gone_by_key_;
  std::deque<Gone> gone_;        // oldest first; some came back since
  std::vector<uint32_t> blank_;  // emptied ones
  uint32_t taken_ = 0;           // by pairs, living or gone …
  uint32_t beside_ = 0;          // … and by those that are no hops
};

}  // namespace pyro::wire
