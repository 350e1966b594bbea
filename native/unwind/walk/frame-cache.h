// What do the callers of a thread's earlier samples spare its next one? The look-up of their rules.
//
// Most of a stack is the stack of the sample before. Cold, each frame of it costs its segment, a line of the table's
// directory, one or two of its rows and the rule, each a miss that waits for the one before, on pages of their own.
// Here a return address leads to one of two lines of one page per thread, and the lines of the last walk are asked for
// at once.
//
// The interrupted code itself is seldom at the same address again, but mostly in the same function: see leaf-rows.h.
//
// An entry is a copy of what the tables said under one snapshot generation. A new generation (snapshot.h) empties the
// cache before its next use, so nothing in it can be stale. One page a thread, used by the handler of that thread only;
// nothing in it is about the thread, so the next owner of the record may go on with it.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <cstring>

#include "unwind/walk/leaf-rows.h"

namespace pyro::unwind {

class alignas(64) FrameCache {
 public:
  // One caller. Half a cache line on x86-64.
  class alignas(32) Entry {
   public:
    // Words that are no address at all are looked up too: all of `pc` counts.
    bool is(uint64_t pc) const { return (key_ & kAddress) == pc && (key_ & kValid); }
    ShownFrame shown() const { return {frame_, (key_ & kShown) != 0}; }
    const PackedRule &rule() const { return rule_; }
    // 8 bits that mark a return address (label-sites.h); 0 unless Walker::remember() was given something else.
    uint8_t site() const { return static_cast<uint8_t>(key_ >> kSiteShift); }

   private:
    friend class FrameCache;
    static constexpr uint64_t kAddress = (uint64_t{1} << 48) - 1;
    static constexpr int kSiteShift = 48;
    static constexpr uint64_t kValid = uint64_t{1} << 56, kShown = uint64_t{1} << 57, kFound = uint64_t{1} << 58;
    uint64_t key_;  // return address, site, flags
    uint64_t frame_;
    PackedRule rule_;
  };

  // On a page of its own, present in memory; nullptr when there is none. Not in a handler.
  static FrameCache *create() noexcept;
  static void destroy(FrameCache *cache) noexcept;

  // Long before begin(), so that its prefetches do not wait for this line.
  void expect() const {
    __builtin_prefetch(this, 1);
    leaves_.expect();
  }

  // Before a walk under `generation` (never 0).
  void begin(uint64_t generation) {
    if (generation_ != generation) {
      memset(static_cast<void *>(this), 0, sizeof *this);
      generation_ = generation;
    }
    for (uint32_t i = 0; i < used_count_; i++) __builtin_prefetch(sets_[used_[i]]);
    used_count_ = 0;
    leaves_.expect_last();
  }

  // What is known of the caller that a call returns to at `pc`, or nullptr.
  const Entry *find(uint64_t pc) {
    const Places places(pc);
    for (uint32_t place = 0; place < 2; place++)
      for (Entry &entry : sets_[places.set[place]])
        if (entry.is(pc)) {
          if (!(entry.key_ & Entry::kFound)) entry.key_ |= Entry::kFound;
          note(places, place);
          return &entry;
        }
    return nullptr;
  }

  // The caller at `pc`, which find() does not know, is `shown` and goes on by `rule`. One that was not found for long
  // makes room for it.
  void put(uint64_t pc, ShownFrame shown, const Rule &rule, uint8_t site) {
    Entry fresh;
    if (pc > Entry::kAddress || !fresh.rule_.pack(rule)) return;
    fresh.key_ =
        pc | uint64_t{site} << Entry::kSiteShift | Entry::kValid | Entry::kFound | (shown.shown ? Entry::kShown : 0);
    fresh.frame_ = shown.frame;
    const Places places(pc);
    const uint32_t at = place_for(places);
    sets_[places.set[at / kWays]][at % kWays] = fresh;
    note(places, at / kWays);
  }

  // Rules of interrupted code. Of code that is not shown nothing is put there.
  LeafRows &leaves() { return leaves_; }

  // Where the interrupted code of the last walk lay: most likely it is there again.
  const Segment *leaf() const { return leaf_; }
  void set_leaf(const Segment *segment) { leaf_ = segment; }

 private:
  static constexpr uint32_t kWays = sizeof(Entry) < 64 ? 64 / sizeof(Entry) : 1;
  static constexpr uint32_t kSets = 63 - sizeof(LeafRows) / 64;  // with the first line one page: one entry of the TLB
  static constexpr uint32_t kMostUsed = 46;

  // The two sets that may have an address. With one, three callers of a stack that fall into the same set would push
  // each other out at every walk: in many a process, by where its modules lie.
  struct Places {
    explicit Places(uint64_t pc) {
      const uint64_t hash = pc * 0x9e3779b97f4a7c15ull;
      set[0] = part(static_cast<uint32_t>(hash >> 32), kSets);
      set[1] = set[0] + 1 + part(static_cast<uint32_t>(hash), kSets - 1);
      if (set[1] >= kSets) set[1] -= kSets;
    }
    static uint32_t part(uint32_t hash, uint32_t count) {
      return static_cast<uint32_t>((uint64_t{hash} * count) >> 32);
    }
    uint32_t set[2];
  };

  // A way of the set that is empty, or whose caller was not found since it last could have made room; kWays: none.
  uint32_t free_way(uint32_t set) const {
    uint32_t unfound = kWays;
    for (uint32_t way = 0; way < kWays; way++) {
      if (!(sets_[set][way].key_ & Entry::kValid)) return way;
      if (!(sets_[set][way].key_ & Entry::kFound)) unfound = way;
    }
    return unfound;
  }
  // The entry to be overwritten; in the first set, if that has one to give: one line of memory is less than two.
  uint32_t place_for(const Places &places) {
    for (uint32_t place = 0; place < 2; place++) {
      const uint32_t way = free_way(places.set[place]);
      if (way < kWays) return place * kWays + way;
    }
    for (const uint32_t set : places.set)
      for (Entry &entry : sets_[set]) entry.key_ &= ~Entry::kFound;
    return turn_++ % (2 * kWays);
  }
  // The second set is asked for with the first: which of them has it is known when both are there.
  void note(const Places &places, uint32_t place) {
    for (uint32_t i = 0; i <= place; i++)
      if (used_count_ < kMostUsed) used_[used_count_++] = static_cast<uint8_t>(places.set[i]);
  }

  uint64_t generation_;
  const Segment *leaf_;  // of that generation's snapshot
  uint8_t used_count_, turn_;
  uint8_t used_[kMostUsed];  // the sets of the last walk, in order: what the next one asks for at once
  LeafRows leaves_;
  Entry sets_[kSets][kWays];
};

}  // namespace pyro::unwind
