// Who called the interrupted code, when no table describes it? Its prologue's guess, else a search of its stack.
//
// Generated code (ORC) and hand-written assembly have no CFI. The caller's return address is the word that the guess
// leads to, or the first one from sp upwards, that lies in covered code, follows a call which can have led here
// (call-sites.h), and whose own frame leads on to known code. Runs in signal handlers.
// SPDX-License-Identifier: MPL-2.0
#include "unwind/walk/walker.h"

namespace pyro::unwind {

Step Walker::search(uint64_t limit, const Segment *from, const Rule *guess) {
  if (guess && try_guess(*guess, from)) return Step::kNext;
  if (limit > bounds_.high) limit = bounds_.high;
  if (search_once(limit, from, false) == Step::kNext) return Step::kNext;
  if (!from || end_ == End::kNoTable) return Step::kEnd;
  return search_once(limit, from, true);
}

Step Walker::search_once(uint64_t limit, const Segment *from, bool lenient) {
  const uint64_t sp = regs_.r[kStackPointer];
  if constexpr (kReturnInRegister) {
    uint64_t fp = regs_.r[kFramePointer];
    const uint64_t link = code_address(regs_.r[kReturnColumn]);
    if (exact_ && judge(link, sp - 8, from, lenient, &fp) == Verdict::kYes) {
      known_ = 0;
      accept(link, sp - 8, fp);
      return Step::kNext;
    }
  }
  for (uint64_t slot = (sp + 7) & ~uint64_t{7}; slot + 8 <= limit; slot += 8) {
    const uint64_t word = code_address(load(slot));
    uint64_t fp = regs_.r[kFramePointer];
    const Verdict verdict = judge(word, slot, from, lenient, &fp);
    if (verdict == Verdict::kCannotTell) {
      later_ = true;
      return stop(End::kNoTable);
    }
    if (verdict == Verdict::kNo) continue;
    known_ = 0;
    accept(word, slot, fp);
    return Step::kNext;
  }
  return stop(from ? End::kNoCfi : End::kNoModule);
}

// The frame that the function's prologue makes, believed if the word at its end is a return address that can lead here.
bool Walker::try_guess(const Rule &guess, const Segment *from) {
  const uint64_t sp = regs_.r[kStackPointer];
  uint64_t cfa;
  if (!cfa_of(guess, at(), sp, regs_.r[kFramePointer], &cfa) || cfa < sp + 8 || !readable(cfa - 8)) return false;
  const uint64_t word = code_address(load(cfa - 8));
  uint64_t fp = regs_.r[kFramePointer];
  bool fp_saved = false;
  for (uint32_t i = 0; i < kSavedCount; i++) {
    const uint64_t slot = cfa + static_cast<uint64_t>(8 * int64_t{guess.saved[i]});
    if (kSaved[i] != kFramePointer || guess.saved[i] == kSlotSame || slot < sp || !readable(slot)) continue;
    fp = load(slot);
    fp_saved = true;
  }
  const uint64_t saved_fp = fp;
  if (judge(word, cfa - 8, from, true, &fp) != Verdict::kYes) return false;
  known_ = 0;
  restore_saved(guess, cfa, sp);
  accept(word, cfa - 8, fp);
  fp_doubtful_ = !fp_saved || fp != saved_fp;
  if (fp_doubtful_) known_ &= ~(1u << kFramePointer);
  return true;
}

Walker::Verdict Walker::judge(uint64_t word, uint64_t slot, const Segment *from, bool lenient, uint64_t *fp) {
  const Segment *caller = find(word - 1);
  if (!caller) return Verdict::kNo;
  const uint16_t flags = caller->flags.load(std::memory_order_relaxed);
  if (flags & (kSegmentExcluded | kSegmentNoElf | kSegmentRefused | kSegmentNoCalls)) return Verdict::kNo;
  // Code in no known region at all: most likely just generated, so only its usual callers are believed.
  if (!from && !(flags & kSegmentCallsJit)) return Verdict::kNo;
  if (!caller->table.rows) {
    caller->signals->table_wanted.store(true, std::memory_order_relaxed);
    shared.something_wanted.store(true, std::memory_order_relaxed);
    return Verdict::kCannotTell;
  }
  const auto offset = static_cast<uint32_t>(word - caller->text);
  const uint16_t rule = caller->table.rule_at(offset - 1);
  if (rule < kFirstRule) return Verdict::kNo;
  const CallSites *calls = caller->signals->calls.load(std::memory_order_acquire);
  if (!calls) {
    caller->signals->calls_wanted.store(true, std::memory_order_relaxed);
    shared.something_wanted.store(true, std::memory_order_relaxed);
    return Verdict::kCannotTell;
  }
  if (!call_reaches(offset, *caller, *calls, from, lenient)) return Verdict::kNo;
  return fitting_frame_pointer(rules_[rule], word - 1, slot + 8, regs_.r[kStackPointer], slot, fp) ? Verdict::kYes
                                                                                                   : Verdict::kNo;
}

bool Walker::call_reaches(uint32_t offset, const Segment &caller, const CallSites &calls, const Segment *from,
                          bool lenient) const {
  const bool generated = !from || (from->flags.load(std::memory_order_relaxed) & kSegmentNoElf);
  switch (calls.call_before(offset)) {
    case Call::kAnywhere:
      return true;
    case Call::kPlt:
      return !generated || lenient;
    case Call::kCovered:
      return lenient;
    case Call::kIntoGap:
      return !generated && from->text == caller.text &&
             into_this_gap(calls.target(offset), offset, caller.table, caller.text);
    case Call::kNone:
      break;
  }
  return false;
}

// Only into the piece of assembly that is being left, at or before the place; from assembly only into that function.
bool Walker::into_this_gap(uint32_t target, uint32_t returns, const TableView &table, uint64_t text) const {
  const auto here = static_cast<uint32_t>(at() - text);
  if (rules_[table.rule_at(returns - 1)].cfa & kCfaGuess) return table.row_at(target) == table.row_at(here);
  const int32_t first = table.row_at(target), last = table.row_at(here);
  if (target > here || last - first > kMostGapRows) return false;
  for (int32_t row = first; row <= last; row++) {
    const uint16_t rule = table.rule_of(row);
    if (rule == kRuleBad || (rule != kRuleNone && !(rules_[rule].cfa & kCfaGuess))) return false;
  }
  return true;
}

void Walker::accept(uint64_t word, uint64_t slot, uint64_t fp) {
  searched_low_ = regs_.r[kStackPointer];
  searched_high_ = slot;
  regs_.r[kStackPointer] = slot + 8;
  regs_.r[kFramePointer] = fp;
  regs_.pc = word;
  known_ |= 1u << kStackPointer;
  exact_ = false;
  inferred_ = true;
  fp_doubtful_ = true;
}

bool Walker::fitting_frame_pointer(const Rule &rule, uint64_t at, uint64_t sp, uint64_t low, uint64_t high,
                                   uint64_t *fp) const {
  if (fits(rule, at, sp, *fp)) return true;
  if (rule.reg != kFramePointer) return false;
  // The code may have pushed it, nearest to its return address as compilers and assemblers do.
  for (uint64_t slot = high; slot >= low + 8;) {
    slot -= 8;
    const uint64_t candidate = load(slot);
    if (!fits(rule, at, sp, candidate)) continue;
    *fp = candidate;
    return true;
  }
  return false;
}

// A frame pointer leads to the caller's, further up, and the return address lies next to it; where callers do without
// frame pointers, to a return address at least.
bool Walker::nearest_frame_pointer(const Rule &rule, uint64_t at, uint64_t sp, uint64_t *fp) const {
  for (int round = 0; round < 2; round++) {
    const bool chained = round == 0;
    for (uint64_t frame = (sp + 7) & ~uint64_t{7}; frame < sp + kFrameSearchBytes && readable(frame + 8); frame += 8) {
      const uint64_t next = load(frame);
      if (chained && (next <= frame || next >= bounds_.high)) continue;
      if (load(frame + 8) == 0 || !fits(rule, at, sp, frame)) continue;
      *fp = frame;
      return true;
    }
  }
  return false;
}

// Would a frame with this rule lead to known code further up this stack?
bool Walker::fits(const Rule &rule, uint64_t at, uint64_t sp, uint64_t fp) const {
  if (rule.ra == kSlotLost || rule.cfa == kCfaSignal) return true;
  uint64_t cfa;
  if (rule.reg != kStackPointer && rule.reg != kFramePointer) return false;
  if (!cfa_of(rule, at, sp, fp, &cfa) || cfa <= sp || rule.ra == kSlotSame) return false;
  const uint64_t slot = cfa + static_cast<uint64_t>(8 * int64_t{rule.ra});
  if (!readable(slot)) return false;
  const uint64_t caller = code_address(load(slot));
  return caller == 0 || find(caller - 1) != nullptr;
}

}  // namespace pyro::unwind
