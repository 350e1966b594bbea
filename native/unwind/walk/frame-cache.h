// What do the callers of a thread's earlier samples spare its next one? The look-up of their rules.
//
// Most of a stack is the stack of the sample before. Cold, each frame of it costs its segment, a line of the table's
// directory, one or two of its rows and the rule, each a miss that waits for the one before, on pages of their own.
// Here a return address leads to one line of one page per thread, and the lines of the last walk are asked for at once.
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
    static constexpr uint64_t kValid = uint64_t{1} << 56, kShown = uint64_t{1} << 57;
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
    const uint32_t set = set_of(pc);
    for (const Entry &entry : sets_[set])
      if (entry.is(pc)) {
        note(set);
        return &entry;
      }
    return nullptr;
  }

  // The caller at `pc` is `shown` and goes on by `rule`. In its set it is the first to be found, the last to go.
  void put(uint64_t pc, ShownFrame shown, const Rule &rule, uint8_t site) {
    Entry fresh;
    if (pc > Entry::kAddress || !fresh.rule_.pack(rule)) return;
    fresh.key_ = pc | uint64_t{site} << Entry::kSiteShift | Entry::kValid | (shown.shown ? Entry::kShown : 0);
    fresh.frame_ = shown.frame;
    const uint32_t set = set_of(pc);
    for (uint32_t way = kWays - 1; way > 0; way--) sets_[set][way] = sets_[set][way - 1];
    sets_[set][0] = fresh;
    note(set);
  }

  // Rules of interrupted code. Of code that is not shown nothing is put there.
  LeafRows &leaves() { return leaves_; }

  // Where the interrupted code of the last walk lay: most likely it is there again.
  const Segment *leaf() const { return leaf_; }
  void set_leaf(const Segment *segment) { leaf_ = segment; }

 private:
  static constexpr uint32_t kWays = sizeof(Entry) < 64 ? 64 / sizeof(Entry) : 1;
  static constexpr uint32_t kSets = 63 - sizeof(LeafRows) / 64;  // with the first line one page: one entry of the TLB
  static constexpr uint32_t kMostUsed = 47;

  static uint32_t set_of(uint64_t pc) {
    return static_cast<uint32_t>((uint64_t{static_cast<uint32_t>(pc * 0x9e3779b97f4a7c15ull >> 32)} * kSets) >> 32);
  }
  void note(uint32_t set) {
    if (used_count_ < kMostUsed) used_[used_count_++] = static_cast<uint8_t>(set);
  }

  uint64_t generation_;
  const Segment *leaf_;  // of that generation's snapshot
  uint8_t used_count_;
  uint8_t used_[kMostUsed];  // the sets of the last walk, in order: what the next one asks for at once
  LeafRows leaves_;
  Entry sets_[kSets][kWays];
};

}  // namespace pyro::unwind
