// What does a walk hold while it goes from frame to frame? Registers, bounds, and how far each can be trusted.
//
// Everything here runs in signal handlers.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/modules/snapshot.h"
#include "unwind/walk/frame-cache.h"
#include "unwind/walk/unwinder.h"

// Stacks are read as they are: what a sanitizer poisoned there is still part of a frame.
#define PYRO_RAW_MEMORY __attribute__((no_sanitize("address", "undefined", "thread")))

// The code that every walk runs lies together, in a section of its own: see warm_up() in walk.cc.
#define PYRO_HANDLER __attribute__((section("pyro_handler")))

namespace pyro::unwind {

enum class Step : uint8_t { kNext, kEnd };

class Walker {
 public:
  Walker(const Snapshot &snapshot, const Rule *rules, const Registers &start, StackBounds stack, StackBounds alternate,
         FrameCache *cache = nullptr);
  // Over a copy of the stack, `delta` further on; of the registers only program counter and stack pointer are known.
  void use_copy(uint64_t delta) {
    delta_ = delta;
    known_ = 1u << kStackPointer;
    fp_unknown_ = true;
  }

  // Over a copy that was made with all registers.
  void use_whole_copy(uint64_t delta) { delta_ = delta; }

  // The code of the current frame: exact where it was interrupted, inside the call otherwise.
  uint64_t at() const { return exact_ ? regs_.pc : regs_.pc - 1; }
  const Segment *find(uint64_t address) const;
  const Segment *segment() { return segment_ = find(at()); }
  // The site that the current frame called from, packed; 0 = none.
  uint8_t site() const { return exact_ ? 0 : site_table.at(regs_.pc); }
  // What an earlier walk learned of the current frame, or nullptr: then segment() and step() find out.
  const FrameCache::Entry *recall() const { return cache_ && !exact_ ? cache_->find(regs_.pc) : nullptr; }
  // To the caller. kEnd: `end()` says why. The callee-saved registers of the frame it arrives at are in registers().
  Step step();
  Step step(const PackedRule &known);
  // The interrupted code is known: the walk begins in its segment.
  void begin_in(const Segment *segment) { segment_ = segment; }
  End end() const { return end_; }
  bool inferred() const { return inferred_; }
  bool later() const { return later_; }
  const Registers &registers() const { return regs_; }
  // Bit r: registers().r[r] is what the frame left there. Code without CFI keeps to itself what it did with registers:
  // behind it only those are known that its prologue was seen to save.
  uint32_t known() const { return known_; }

 private:
  static constexpr uint64_t kSearchBytes = 8192;
  static constexpr uint64_t kUnknownSearchBytes = 64;
  static constexpr int32_t kMostGapRows = 128;
  static constexpr uint64_t kFrameSearchBytes = 4096;

  static constexpr uint32_t saved_registers() {
    uint32_t mask = 1u << kStackPointer;
    for (uint8_t reg : kSaved) mask |= 1u << reg;
    return mask;
  }
  Step stop(End end) {
    end_ = end;
    return Step::kEnd;
  }
  bool readable(uint64_t address) const {
    return address >= bounds_.low && address < bounds_.high && bounds_.high - address >= 8 && (address & 7) == 0;
  }
  PYRO_RAW_MEMORY uint64_t load(uint64_t address) const {
    return *reinterpret_cast<const volatile uint64_t *>(address + delta_);
  }
  // The canonical frame address (CFA) that `rule` gives a frame whose code is at `at`, with this stack and frame
  // pointer. False: `rule` reads it from memory that is not on the stack.
  bool cfa_of(const Rule &rule, uint64_t at, uint64_t sp, uint64_t fp, uint64_t *cfa) const;
  // Goes to the caller by `rule`: its stack pointer, return address and saved registers become the current ones.
  Step apply(const Rule &rule);
  // Puts the current frame's rule into the cache; of interrupted code for the whole row, also where there is no rule.
  void remember(const Rule &rule) const;
  void remember_leaf(const Rule *rule, int32_t row) const;
  // Loads the callee-saved registers that `rule` finds on the stack; one that is lost there is not known any more.
  void restore_saved(const Rule &rule, uint64_t cfa, uint64_t sp);
  // Out of a signal handler: to the registers that the kernel saved on the stack when it interrupted the code.
  Step apply_signal();
  // After code without CFI the frame pointer may be anything: the value that fits `rule` at a frame with `sp`.
  bool fitting_frame_pointer(const Rule &rule, uint64_t at, uint64_t sp, uint64_t low, uint64_t high,
                             uint64_t *fp) const;
  // Whether a frame with this rule and frame pointer has a return address in known code.
  bool fits(const Rule &rule, uint64_t at, uint64_t sp, uint64_t fp) const;
  // A thread seen from outside keeps its frame pointer to itself: the nearest frame that `rule` can belong to.
  bool nearest_frame_pointer(const Rule &rule, uint64_t at, uint64_t sp, uint64_t *fp) const;

  // leaf-search.cc: the caller of code without CFI.
  Step search(uint64_t limit, const Segment *from, const Rule *guess);
  bool try_guess(const Rule &guess, const Segment *from);
  enum class Verdict : uint8_t { kNo, kYes, kCannotTell };
  // What is a word in `slot`? `lenient` also believes calls of functions with CFI, which then left by a jump.
  Verdict judge(uint64_t word, uint64_t slot, const Segment *from, bool lenient, uint64_t *fp);
  Step search_once(uint64_t limit, const Segment *from, bool lenient);
  bool into_this_gap(uint32_t target, uint32_t returns, const TableView &table, uint64_t text) const;
  bool call_reaches(uint32_t offset, const Segment &caller, const CallSites &calls, const Segment *from,
                    bool lenient) const;
  // Takes `word`, a return address found at `slot`, for that of the caller, whose frame pointer is likely `fp`.
  void accept(uint64_t word, uint64_t slot, uint64_t fp);

  const Snapshot &snapshot_;
  const Rule *rules_;
  FrameCache *cache_;  // nullptr: none
  Registers regs_;
  StackBounds bounds_, other_;
  const Segment *segment_ = nullptr;
  uint32_t known_ = ~uint32_t{0};
  bool exact_ = true;
  bool inferred_ = false;
  bool later_ = false;
  bool fp_doubtful_ = false;
  bool fp_unknown_ = false;
  uint64_t delta_ = 0;  // from an address on the stack to where it is read
  End end_ = End::kRoot;
  uint64_t searched_low_ = 0, searched_high_ = 0;  // the stack of the code without CFI: its saved registers are there
};

}  // namespace pyro::unwind
