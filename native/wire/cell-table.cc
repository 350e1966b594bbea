// How is a cell given out, taken back, and emptied under the eyes of readers?
// SPDX-License-Identifier: MPL-2.0
#include "wire/cell-table.h"

#include <algorithm>

#include "wire/clock-ns.h"

namespace pyro::wire {
namespace {

// Most cells of pairs that are no hops.
constexpr uint32_t kMostBeside = kCellCapacity / 2;
// So many were ever used: from here on the reader is asked for what is gone, and from there on it is used again. Late:
// a series whose cell is emptied begins anew when its names come again.
constexpr uint32_t kAskFrom = kCellCapacity / 4, kReuseFrom = kCellCapacity / 8 * 7;
// Emptied at a time, so that readers rarely meet it.
constexpr uint32_t kBatch = 32;

uint64_t take(Word &word) {
  const uint64_t value = word.load(std::memory_order_relaxed);
  word.store(0, std::memory_order_relaxed);
  return value;
}

void move(Histogram &from, Histogram &to) {
  const uint64_t low = take(from.min_ns), high = take(from.max_ns), known = to.min_ns.load(std::memory_order_relaxed);
  if (low != 0 && (known == 0 || low < known)) to.min_ns.store(low, std::memory_order_relaxed);
  if (high > to.max_ns.load(std::memory_order_relaxed)) to.max_ns.store(high, std::memory_order_relaxed);
  bump(to.sum_ns, take(from.sum_ns));
  for (int i = 0; i < kGridBuckets; i++) bump(to.bucket[i], take(from.bucket[i]));
}

// What was counted. What was the case, a level, ends with its pair.
void move(Cell &from, Cell &to) {
  for (Word Cell::*word :
       {&Cell::buffers, &Cell::bytes, &Cell::invocations, &Cell::nested, &Cell::dropped, &Cell::flushed})
    bump(to.*word, take(from.*word));
  for (uint32_t i = 0; i < kFlowCount; i++) bump(to.flow[i], take(from.flow[i]));
  move(from.inclusive, to.inclusive);
  move(from.exclusive, to.exclusive);
  take(from.level);
  take(from.highest_level);
  from.last_ns.store(0, std::memory_order_relaxed);
}

// Odd while what it guards is not whole.
void change(std::atomic<uint32_t> &number) {
  const uint32_t next = number.load(std::memory_order_relaxed) + 1;
  if (next & 1) {
    number.store(next, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);  // partner: Reader::cells, copy_cell
  } else {
    number.store(next, std::memory_order_release);
  }
}

}  // namespace

uint32_t CellTable::begin(uint32_t index, const CellKey &key) {
  const auto [pad, peer, kind] = key;
  Cell &cell = cells_.cell[index];
  cell.kind.store(kind, std::memory_order_relaxed);
  cell.peer.store(peer, std::memory_order_relaxed);
  cell.start_unix_ns.store(clock_ns(CLOCK_REALTIME), std::memory_order_relaxed);
  cell.pad.store(pad, std::memory_order_release);  // partner: the reader
  owner_[index] = {key, 0};
  taken_++;
  if (!is_hop_kind(kind)) beside_++;
  names_.hold(names_.user, key);
  return index;
}

uint32_t CellTable::claim(const CellKey &key) {
  const auto same = gone_by_key_.find(key);
  if (same != gone_by_key_.end()) {
    const uint32_t index = same->second.back();
    same->second.pop_back();
    if (same->second.empty()) gone_by_key_.erase(same);
    owner_[index].gone = 0;
    return index;
  }
  const bool hop = is_hop_kind(std::get<2>(key));
  const uint32_t index = fresh(hop);
  return index == kOverflowCell ? index : begin(index, key);
}

// A free one; kOverflowCell = there is none.
uint32_t CellTable::fresh(bool hop) {
  const uint32_t used = cells_.used.load(std::memory_order_relaxed);
  if (used >= kAskFrom && !gone_.empty()) retirement_.ask();
  if (used >= kReuseFrom) make_room(hop);
  if (!hop && beside_ >= kMostBeside) return kOverflowCell;
  if (!blank_.empty()) {
    const uint32_t index = blank_.back();
    blank_.pop_back();
    return index;
  }
  if (used >= (hop ? kCellCapacity : kMostBeside)) return kOverflowCell;
  cells_.used.store(used + 1, std::memory_order_release);  // partner: the reader
  return used;
}

void CellTable::retire(uint32_t index) {
  const uint64_t number = retirement_.retire();
  owner_[index].gone = number;
  gone_by_key_[owner_[index].key].push_back(index);
  while (!gone_.empty() && !is_current(gone_.front())) gone_.pop_front();
  gone_.push_back({number, index});
  if (gone_.size() <= 2 * kCellCapacity) return;  // a pair that comes and goes leaves a number each time
  gone_.erase(std::remove_if(gone_.begin(), gone_.end(), [this](const Gone &one) { return !is_current(one); }),
              gone_.end());
}

// Until a few can be had. `hop`: for one of those; else the share of the others counts as well.
void CellTable::make_room(bool hop) {
  const bool enough_beside = hop || beside_ < kMostBeside;
  if (!blank_.empty() && enough_beside) return;
  uint32_t emptied = 0;
  std::deque<Gone> kept;
  while (!gone_.empty() && emptied < kBatch) {
    const Gone gone = gone_.front();
    if (is_current(gone) && !retirement_.is_acknowledged(gone.number)) break;
    gone_.pop_front();
    if (!is_current(gone)) continue;
    // Only one of their own helps those that are no hops where they have their share.
    if (!enough_beside && emptied == 0 && is_hop_kind(std::get<2>(owner_[gone.index].key))) {
      kept.push_back(gone);
      continue;
    }
    if (emptied++ == 0) change(cells_.folds);
    empty(gone.index);
  }
  gone_.insert(gone_.begin(), kept.begin(), kept.end());
  if (emptied > 0) change(cells_.folds);
}

void CellTable::empty(uint32_t index) {
  Cell &cell = cells_.cell[index];
  const CellKey key = owner_[index].key;
  const uint32_t kind = std::get<2>(key);
  std::vector<uint32_t> &same = gone_by_key_[key];
  same.erase(std::find(same.begin(), same.end(), index));
  if (same.empty()) gone_by_key_.erase(key);
  Cell &total = cells_.ended[kind];
  if (total.kind.load(std::memory_order_relaxed) == 0) {
    total.start_unix_ns.store(cell.start_unix_ns.load(std::memory_order_relaxed), std::memory_order_relaxed);
    total.kind.store(kind, std::memory_order_relaxed);
  }
  change(cell.generation);
  cell.pad.store(0, std::memory_order_relaxed);
  move(cell, total);
  change(cell.generation);
  owner_[index] = {};
  blank_.push_back(index);
  taken_--;
  if (!is_hop_kind(kind)) beside_--;
  names_.release(names_.user, key);
}

}  // namespace pyro::wire
