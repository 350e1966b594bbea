// How are a walk and the truth laid side by side?
// SPDX-License-Identifier: MPL-2.0
#include "verdict.h"

#include "modules-ready.h"

namespace pyro::oracle {
namespace {

using unwind::End;
using unwind::kSaved;
using unwind::kStackPointer;
using unwind::Rule;
using unwind::Segment;
using unwind::Walker;

bool has_cfi(const Segment *segment, uint64_t at, const Rule *rules) {
  if (!segment || (segment->flags.load() & unwind::kSegmentNoElf)) return false;
  if (!segment->table.rows) return true;  // no table yet: nothing is known about it
  const uint16_t rule = segment->table.rule_at(static_cast<uint32_t>(at - segment->text));
  return rule != unwind::kRuleNone && (rule < unwind::kFirstRule || !(rules[rule].cfa & unwind::kCfaGuess));
}

void note_code(Verdict &verdict, const Segment *segment) {
  if (verdict.kind != Kind::kCompiled) return;
  verdict.without_cfi = segment;
  const bool generated = !segment || (segment->flags.load() & unwind::kSegmentNoElf);
  verdict.kind = generated ? Kind::kGenerated : Kind::kAssembly;
}

void compare_registers(Verdict &verdict, const Walker &walker, const ShadowFrame &truth) {
  for (const uint8_t reg : kSaved) {
    if (!(walker.known() >> reg & 1)) {
      verdict.registers_unknown++;
      continue;
    }
    verdict.registers_checked++;
    if (walker.registers().r[reg] == truth.registers.r[reg]) continue;
    verdict.registers_wrong++;
    verdict.wrong_register = reg;
  }
}

// A caller: its place in the code, and where its frame begins.
bool same_frame(const Registers &seen, const ShadowFrame &truth) {
  const uint64_t sp =
      truth.kind == ShadowFrame::kSignal ? truth.registers.r[kStackPointer] : truth.place + sizeof(uint64_t);
  return seen.pc == ShadowStack::returns_to(truth) && seen.r[kStackPointer] == sp;
}

void follow(Verdict &verdict, Walker &walker, const ShadowStack &shadow, const Rule *rules) {
  const auto &frames = shadow.frames();
  for (uint32_t depth = 0; depth < unwind::kWalkLimit; depth++) {
    const Segment *segment = walker.segment();
    if (!has_cfi(segment, walker.at(), rules)) note_code(verdict, segment);
    if (walker.step() == unwind::Step::kEnd) {
      verdict.end = walker.end();
      if (verdict.end != End::kRoot) return;
      verdict.whole = depth == frames.size();
      verdict.first_caller |= verdict.whole && depth == 0;
      verdict.wrong = !verdict.whole;
      verdict.wrong_at = depth + 1;
      return;
    }
    if (depth >= frames.size() || !same_frame(walker.registers(), frames[frames.size() - 1 - depth])) {
      // A caller in no known code is not shown; the walk ends there for that reason.
      if (!walker.segment()) verdict.end = End::kNoModule;
      verdict.wrong = walker.segment() != nullptr;
      verdict.wrong_at = depth + 1;
      return;
    }
    verdict.first_caller |= depth == 0;
    compare_registers(verdict, walker, frames[frames.size() - 1 - depth]);
  }
  verdict.end = End::kDepth;
}

// What the handler calls must say the same as the walker that it is made of, with what it remembers of earlier walks.
bool walk_agrees(const Verdict &verdict, const Registers &start, StackBounds stack, StackBounds alternate,
                 const ShadowStack &shadow) {
  static unwind::FrameCache *const cache = unwind::FrameCache::create();
  if (verdict.wrong || verdict.end == End::kNoModule) return true;
  uint64_t frames[unwind::kMaxFrames];
  const unwind::Walk walk = unwind::walk(start, stack, frames, alternate, cache);
  if (walk.end != verdict.end || walk.inferred != verdict.inferred) return false;
  if (walk.truncated) return true;
  if (verdict.whole && walk.depth != shadow.frames().size() + 1) return false;
  for (uint32_t i = 1; i < walk.depth; i++) {
    const ShadowFrame &truth = shadow.frames()[shadow.frames().size() - i];
    const bool call = truth.kind == ShadowFrame::kCall;
    if (unwind::test::raw_address(frames[i]) != ShadowStack::returns_to(truth) - call) return false;
  }
  return true;
}

}  // namespace

const char *name_of(Kind kind) {
  switch (kind) {
    case Kind::kCompiled:
      return "compiled code";
    case Kind::kGenerated:
      return "generated code";
    case Kind::kAssembly:
      break;
  }
  return "assembly";
}

Verdict judge(const Registers &start, StackBounds stack, StackBounds alternate, const ShadowStack &shadow) {
  Verdict verdict;
  const unwind::Snapshot *snapshot = unwind::shared.snapshot.load();
  const Rule *rules = unwind::shared.rules.load();
  Walker walker(*snapshot, rules, start, stack, alternate, nullptr);
  follow(verdict, walker, shadow, rules);
  verdict.inferred = walker.inferred();
  verdict.walk_differs = !walk_agrees(verdict, start, stack, alternate, shadow);
  return verdict;
}

void Tally::add(const Verdict &verdict) {
  steps++;
  whole += verdict.whole;
  first_caller += verdict.first_caller;
  wrong += verdict.wrong;
  stopped += !verdict.whole && !verdict.wrong;
  inferred += verdict.inferred;
  walk_differs += verdict.walk_differs;
  registers_checked += verdict.registers_checked;
  registers_wrong += verdict.registers_wrong;
  registers_unknown += verdict.registers_unknown;
}

void Tally::add(const Tally &other) {
  steps += other.steps;
  whole += other.whole;
  first_caller += other.first_caller;
  wrong += other.wrong;
  stopped += other.stopped;
  inferred += other.inferred;
  walk_differs += other.walk_differs;
  registers_checked += other.registers_checked;
  registers_wrong += other.registers_wrong;
  registers_unknown += other.registers_unknown;
}

}  // namespace pyro::oracle
