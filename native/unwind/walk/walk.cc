// Who called whom, from the registers of an interrupted thread?
//
// Runs in signal handlers: everything it reaches is in this file, in leaf-search.cc and in inline functions of headers.
// SPDX-License-Identifier: MPL-2.0
#include "unwind/walk/walker.h"

namespace pyro::unwind {

Shared shared;

namespace {

constexpr uint64_t kOffsetMask = (uint64_t{1} << kFrameTagShift) - 1;

bool inside(StackBounds bounds, uint64_t sp) { return sp >= bounds.low && sp < bounds.high; }

// Counts this walk in for as long as it may hold pointers into a snapshot. Partner: SnapshotKeeper.
class InFlight {
 public:
  InFlight() { shared.in_flight.fetch_add(1, std::memory_order_seq_cst); }
  ~InFlight() { shared.in_flight.fetch_sub(1, std::memory_order_release); }
};

// The frame array: leaf part in order, then a ring over the root part.
class Frames {
 public:
  explicit Frames(uint64_t *frames) : frames_(frames) {}
  void push(uint64_t frame) {
    frames_[count_ < kMaxFrames ? count_ : kLeafFrames + (count_ - kLeafFrames) % kRootFrames] = frame;
    count_++;
  }
  bool truncated() const { return count_ > kMaxFrames; }
  // Puts the ring in order and returns the depth.
  uint32_t finish() {
    if (!truncated()) return count_;
    const uint32_t oldest = (count_ - kLeafFrames) % kRootFrames;
    reverse(0, oldest);
    reverse(oldest, kRootFrames);
    reverse(0, kRootFrames);
    return kMaxFrames;
  }

 private:
  void reverse(uint32_t from, uint32_t to) {
    uint64_t *ring = frames_ + kLeafFrames;
    while (from + 1 < to) {
      const uint64_t first = ring[from];
      ring[from++] = ring[--to];
      ring[to] = first;
    }
  }
  uint64_t *frames_;
  uint32_t count_ = 0;
};

extern "C" const char __start_pyro_handler[] __attribute__((visibility("hidden")));
extern "C" const char __stop_pyro_handler[] __attribute__((visibility("hidden")));

constexpr uint64_t kLine = 64;
constexpr uint64_t kStackAhead = 3072;

// At 100 samples a second nothing of this is in any cache, and a walk is a chain of loads that wait for each other.
// What is needed for certain is asked for all at once: the code, the list of modules, the inner part of the stack.
inline __attribute__((always_inline)) void warm_up(const Snapshot &snapshot, uint64_t sp, StackBounds stack) {
  for (const char *line = __start_pyro_handler; line < __stop_pyro_handler; line += kLine)
    __builtin_prefetch(line, 0, 2);
  const uint64_t end = sp + kStackAhead < stack.high ? sp + kStackAhead : stack.high;
  for (uint64_t line = sp; line < end; line += kLine) __builtin_prefetch(reinterpret_cast<const void *>(line));
  const uint64_t *starts = snapshot.starts.data();
  for (uint32_t i = 0; i < snapshot.count; i += kLine / sizeof *starts) __builtin_prefetch(starts + i);
}

ShownFrame shown_frame(const Segment *segment, uint64_t at) {
  if (!segment) return {0, true};
  if (segment->flags.load(std::memory_order_relaxed) & kSegmentExcluded) return {0, false};
  const uint64_t tag = segment->tag.load(std::memory_order_relaxed);
  return {tag << kFrameTagShift | ((at - segment->bias) & kOffsetMask), true};
}

// The walk arrived at a caller: if its call is a site, the register is read before the caller's own rule changes it.
inline __attribute__((always_inline)) void tell_site(const Walker &walker, uint8_t site, SiteSink &sink) {
  if (site == 0) return;
  const uint8_t reg = site_register(site), kind = site_kind(site);
  if (walker.known() >> reg & 1)
    sink.found(sink, kind, walker.registers().r[reg] + static_cast<uint64_t>(int64_t{site_table.adjust(kind)}));
}

// Frame by frame from where `walker` begins, at `pc`.
inline __attribute__((always_inline)) Walk follow(Walker &walker, uint64_t pc, uint64_t *out, FrameCache *cache,
                                                  SiteSink *sink) {
  Frames frames(out);
  bool own = false;
  const LeafRow *leaf = cache ? cache->leaves().find(pc) : nullptr;
  if (leaf) walker.begin_in(leaf->segment());
  for (uint32_t looked_at = 0;; looked_at++) {
    const FrameCache::Entry *entry = walker.recall();
    const PackedRule *known = entry ? &entry->rule() : leaf && looked_at == 0 ? &leaf->rule() : nullptr;
    const Segment *segment = known ? nullptr : walker.segment();
    const ShownFrame frame = entry ? entry->shown() : known ? leaf->shown(pc) : shown_frame(segment, walker.at());
    if (looked_at == 0) {
      if (cache) cache->set_leaf(known ? leaf->segment() : segment);
      own = !frame.shown;
    }
    // A caller in unknown code is not shown: the end says it. Interrupted code is: the sample was there.
    if (frame.shown && (known || segment || looked_at == 0)) frames.push(frame.frame);
    if (sink) tell_site(walker, entry ? entry->site() : walker.site(), *sink);
    if (looked_at == kWalkLimit) {
      const uint32_t depth = frames.finish();
      return {depth, End::kDepth, walker.inferred(), frames.truncated(), own, walker.later()};
    }
    if ((known ? walker.step(*known) : walker.step()) == Step::kEnd) break;
  }
  const uint32_t depth = frames.finish();
  return {depth, walker.end(), walker.inferred(), frames.truncated(), own, walker.later()};
}

constexpr Walk kNothingKnown{0, End::kNoTable, false, false, false, true};

}  // namespace

PYRO_HANDLER Walk walk(const Registers &start, StackBounds stack, uint64_t *out, StackBounds alternate,
                       FrameCache *cache, SiteSink *sink) noexcept {
  const InFlight in_flight;
  const Snapshot *snapshot = shared.snapshot.load(std::memory_order_seq_cst);
  const Rule *rules = shared.rules.load(std::memory_order_acquire);
  if (!snapshot || !rules) return kNothingKnown;
  if (cache) cache->begin(snapshot->generation.load(std::memory_order_acquire));  // partner: begin_generation
  warm_up(*snapshot, start.r[kStackPointer], stack);
  Walker walker(*snapshot, rules, start, stack, alternate, cache);
  return follow(walker, start.pc, out, cache, sink);
}

Walk walk_copy(const Registers &start, StackBounds stack, uint64_t delta, uint64_t *out, SiteSink *sink) noexcept {
  const InFlight in_flight;
  const Snapshot *snapshot = shared.snapshot.load(std::memory_order_seq_cst);
  const Rule *rules = shared.rules.load(std::memory_order_acquire);
  if (!snapshot || !rules) return kNothingKnown;
  Walker walker(*snapshot, rules, start, stack, {0, 0}, nullptr);
  walker.use_whole_copy(delta);
  return follow(walker, start.pc, out, nullptr, sink);
}

Walk walk_leaf(uint64_t pc, uint64_t *frame) noexcept {
  const InFlight in_flight;
  const Snapshot *snapshot = shared.snapshot.load(std::memory_order_seq_cst);
  const Rule *rules = shared.rules.load(std::memory_order_acquire);
  if (!snapshot || !rules) return kNothingKnown;
  Registers start{};
  start.pc = pc;
  Walker walker(*snapshot, rules, start, {0, 0}, {0, 0}, nullptr);
  const Segment *segment = walker.segment();
  const ShownFrame shown = shown_frame(segment, pc);
  if (!segment) shared.unknown_code.store(true, std::memory_order_relaxed);
  *frame = shown.frame;
  return {shown.shown ? 1u : 0u, End::kNoTable, false, false, !shown.shown, segment == nullptr};
}

Walk walk_copy(Stopped at, StackBounds stack, uint64_t delta, uint64_t *out, FrameCache *cache,
               SiteSink *sink) noexcept {
  const InFlight in_flight;
  const Snapshot *snapshot = shared.snapshot.load(std::memory_order_seq_cst);
  const Rule *rules = shared.rules.load(std::memory_order_acquire);
  if (!snapshot || !rules) return kNothingKnown;
  if (cache) cache->begin(snapshot->generation.load(std::memory_order_acquire));  // partner: begin_generation
  Registers start{};
  start.pc = at.pc;
  start.r[kStackPointer] = at.sp;
  Walker walker(*snapshot, rules, start, stack, {0, 0}, cache);
  walker.use_copy(delta);
  return follow(walker, at.pc, out, cache, sink);
}

uint64_t tables_generation() noexcept {
  const InFlight in_flight;
  const Snapshot *snapshot = shared.snapshot.load(std::memory_order_seq_cst);
  return snapshot ? snapshot->generation.load(std::memory_order_acquire) : 0;  // partner: begin_generation
}

PYRO_HANDLER Walker::Walker(const Snapshot &snapshot, const Rule *rules, const Registers &start, StackBounds stack,
                            StackBounds alternate, FrameCache *cache)
    : snapshot_(snapshot), rules_(rules), cache_(cache), regs_(start), bounds_(stack), other_(alternate) {
  if (cache) segment_ = cache->leaf();
  if (inside(stack, start.r[kStackPointer])) return;
  bounds_ = alternate;
  other_ = stack;
}

PYRO_HANDLER const Segment *Walker::find(uint64_t address) const {
  // Callers often stay in the module.
  if (segment_ && address >= segment_->start && address < segment_->end) return segment_;
  const uint64_t *starts = snapshot_.starts.data();
  uint32_t low = 0, high = snapshot_.count;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (starts[middle] <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return nullptr;
  const Segment *segment = snapshot_.segments + (low - 1);
  return address < segment->end ? segment : nullptr;
}

PYRO_HANDLER Step Walker::step() {
  const uint64_t sp = regs_.r[kStackPointer];
  if (!inside(bounds_, sp)) return stop(End::kNoStack);
  if (!segment_) {
    shared.unknown_code.store(true, std::memory_order_relaxed);
    later_ = true;
    return exact_ ? search(sp + kUnknownSearchBytes, nullptr, nullptr) : stop(End::kNoModule);
  }
  const uint16_t flags = segment_->flags.load(std::memory_order_relaxed);
  uint16_t rule = kRuleNone;
  if (segment_->table.rows) {
    const int32_t row = segment_->table.row_at(static_cast<uint32_t>(at() - segment_->text));
    rule = segment_->table.rule_of(row);
    if (cache_ && exact_ && rule != kRuleBad) remember_leaf(rule == kRuleNone ? nullptr : &rules_[rule], row);
  } else if (!(flags & kSegmentNoElf)) {
    if (!(flags & kSegmentRefused)) {
      segment_->signals->table_wanted.store(true, std::memory_order_relaxed);
      shared.something_wanted.store(true, std::memory_order_relaxed);
      later_ = true;
    }
    return stop(End::kNoTable);
  }
  if (rule == kRuleNone) return exact_ ? search(sp + kSearchBytes, segment_, nullptr) : stop(End::kNoCfi);
  if (rule == kRuleBad) return stop(End::kBadRule);
  if (rules_[rule].cfa & kCfaGuess) return search(sp + kSearchBytes, segment_, &rules_[rule]);
  if (cache_ && !exact_ && rules_[rule].cfa != kCfaSignal) remember(rules_[rule]);
  return apply(rules_[rule]);
}

PYRO_HANDLER Step Walker::step(const PackedRule &known) {
  const uint64_t sp = regs_.r[kStackPointer];
  if (!inside(bounds_, sp)) return stop(End::kNoStack);
  if (known.cfa == PackedRule::kNoRule) return search(sp + kSearchBytes, segment_, nullptr);
  Rule rule;
  known.unpack(&rule);
  return rule.cfa & kCfaGuess ? search(sp + kSearchBytes, segment_, &rule) : apply(rule);
}

// Sites are published before the first snapshot is, so what is remembered of them never changes.
PYRO_HANDLER void Walker::remember(const Rule &rule) const {
  cache_->put(regs_.pc, shown_frame(segment_, at()), rule, site());
}

// Not beyond the segment: what lies there is another one's. Our own code is seldom interrupted, and a signal's frame is
// on no other's way.
PYRO_HANDLER void Walker::remember_leaf(const Rule *rule, int32_t row) const {
  const Segment &segment = *segment_;
  if ((rule && rule->cfa == kCfaSignal) || segment.flags.load(std::memory_order_relaxed) & kSegmentExcluded) return;
  uint32_t from, to;
  segment.table.extent_of(row, static_cast<uint32_t>(at() - segment.text),
                          static_cast<uint32_t>(segment.end - 1 - segment.text), &from, &to);
  uint64_t start = segment.text + from, end = segment.text + to;
  if (start < segment.start) start = segment.start;
  if (end > segment.end) end = segment.end;
  cache_->leaves().put(regs_.pc,
                       {start, static_cast<uint32_t>(end - start), shown_frame(segment_, start).frame, segment_}, rule);
}

PYRO_HANDLER bool Walker::cfa_of(const Rule &rule, uint64_t at, uint64_t sp, uint64_t fp, uint64_t *cfa) const {
  uint64_t base = regs_.r[rule.reg];
  if (rule.reg == kStackPointer) base = sp;
  if (rule.reg == kFramePointer) base = fp;
  *cfa = base + static_cast<uint64_t>(int64_t{rule.offset});
  if (rule.cfa == kCfaPlt && static_cast<int64_t>(at & 15) >= rule.post) *cfa += 8;
  if ((rule.cfa & ~kCfaGuess) != kCfaDeref) return true;
  if (!readable(*cfa)) return false;
  *cfa = load(*cfa) + static_cast<uint64_t>(int64_t{rule.post});
  return true;
}

PYRO_HANDLER Step Walker::apply(const Rule &rule) {
  if (rule.ra == kSlotLost) return stop(End::kRoot);
  if (rule.cfa == kCfaSignal) return apply_signal();
  const uint64_t sp = regs_.r[kStackPointer];
  if (fp_unknown_ && rule.reg == kFramePointer && !(known_ >> kFramePointer & 1)) {
    if (!nearest_frame_pointer(rule, at(), sp, &regs_.r[kFramePointer])) return stop(End::kBadRule);
    known_ |= 1u << kFramePointer;
  }
  // A doubtful frame pointer is no known one, but one that fits.
  const bool doubtful = fp_doubtful_ && rule.reg == kFramePointer;
  if (!(known_ >> rule.reg & 1) && !doubtful) return stop(End::kBadRule);
  if (doubtful && !fitting_frame_pointer(rule, at(), sp, searched_low_, searched_high_, &regs_.r[kFramePointer]))
    return stop(End::kBadRead);
  uint64_t cfa;
  if (!cfa_of(rule, regs_.pc, sp, regs_.r[kFramePointer], &cfa)) return stop(End::kBadRead);
  if (cfa < sp + (exact_ ? kSmallestFrame : 8)) return stop(End::kNotRising);
  uint64_t pc = regs_.r[kReturnInRegister ? kReturnColumn : 0];
  if (rule.ra != kSlotSame) {
    const uint64_t slot = cfa + static_cast<uint64_t>(8 * int64_t{rule.ra});
    if (!readable(slot)) return stop(End::kBadRead);
    pc = load(slot);
  } else if (!exact_ || (kReturnInRegister && fp_unknown_)) {
    return stop(End::kBadRule);  // only interrupted code may still have it in a register
  }
  restore_saved(rule, cfa, sp);
  regs_.r[kStackPointer] = cfa;
  regs_.pc = code_address(pc);
  known_ &= saved_registers();
  exact_ = false;
  return regs_.pc == 0 ? stop(End::kRoot) : Step::kNext;
}

PYRO_HANDLER void Walker::restore_saved(const Rule &rule, uint64_t cfa, uint64_t sp) {
  const uint64_t base = regs_.r[rule.reg];
  for (uint32_t i = 0; i < kSavedCount; i++) {
    const int16_t place = rule.saved[i];
    if (place == kSlotSame) continue;
    const uint32_t reg = kSaved[i];
    if (place == kSlotLost) {
      known_ &= ~(1u << reg);
      continue;
    }
    const uint64_t from = rule.based >> i & 1 ? base : cfa;
    const uint64_t slot = from + static_cast<uint64_t>(8 * int64_t{place});
    // After `pop rbp` the table still names the slot it was popped from, now below sp: the register has it.
    if (slot < sp) continue;
    if (readable(slot)) {
      regs_.r[reg] = load(slot);
      known_ |= 1u << reg;
      if (reg == kFramePointer) fp_doubtful_ = false;
    } else {
      known_ &= ~(1u << reg);
    }
  }
}

PYRO_HANDLER Step Walker::apply_signal() {
  const uint64_t sp = regs_.r[kStackPointer];
  if (!readable(sp + kSignalPcSlot)) return stop(End::kBadRead);
  for (uint32_t i = 0; i < kRegisters; i++) {
    if (!readable(sp + kSignalSlot[i])) return stop(End::kBadRead);
    if (i != kStackPointer) regs_.r[i] = load(sp + kSignalSlot[i]);
  }
  const uint64_t interrupted_sp = load(sp + kSignalSlot[kStackPointer]);
  regs_.pc = load(sp + kSignalPcSlot);
  if (!inside(bounds_, interrupted_sp) && inside(other_, interrupted_sp)) {
    bounds_ = other_;  // the handler ran on the alternate stack; there is no way back
    other_ = {0, 0};
  } else if (interrupted_sp <= sp) {
    return stop(End::kNotRising);
  }
  regs_.r[kStackPointer] = interrupted_sp;
  known_ = ~uint32_t{0};
  exact_ = true;
  fp_doubtful_ = false;
  return regs_.pc == 0 ? stop(End::kRoot) : Step::kNext;
}

}  // namespace pyro::unwind
