// How does the shadow stack follow the stack pointer?
// SPDX-License-Identifier: MPL-2.0
#include "shadow-stack.h"

namespace pyro::oracle {
namespace {

constexpr uint64_t kLongestInstruction = 15;

uint64_t load(uint64_t at) { return *reinterpret_cast<const volatile uint64_t *>(at); }
uint64_t sp_of(const Registers &registers) { return registers.r[unwind::kStackPointer]; }

bool is_prefix(uint8_t byte) {
  return byte == 0x66 || byte == 0x2e || byte == 0x3e || byte == 0x64 || byte == 0x65 || byte == 0xf2 ||
         (byte & 0xf0) == 0x40;
}

}  // namespace

bool is_call(const uint8_t *code) {
  for (int i = 0; i < 4 && is_prefix(*code); i++) code++;
  return code[0] == 0xe8 || (code[0] == 0xff && (code[1] >> 3 & 7) == 2);
}

bool ShadowStack::gone(const ShadowFrame &frame, uint64_t sp) const {
  const bool frame_on_alternate = inside(alternate_, frame.place);
  if (inside(alternate_, sp) != frame_on_alternate) return frame_on_alternate && inside(stack_, sp);
  return (frame_on_alternate || inside(stack_, sp)) && frame.place < sp;
}

void ShadowStack::leave_below(uint64_t sp) {
  while (!frames_.empty() && gone(frames_.back(), sp)) frames_.pop_back();
}

void ShadowStack::step(const Registers &before, const Registers &after) {
  const uint64_t sp = sp_of(after);
  if (sp == sp_of(before)) return;
  leave_below(sp);
  if (sp != sp_of(before) - 8) return;
  const uint64_t returns = load(sp);
  if (returns <= before.pc || returns > before.pc + kLongestInstruction) return;
  if (!is_call(reinterpret_cast<const uint8_t *>(before.pc))) return;
  frames_.push_back({ShadowFrame::kCall, sp, returns, before});
}

void ShadowStack::signal(const Registers &before, const Registers &after) {
  const uint64_t slot = sp_of(after);
  frames_.push_back({ShadowFrame::kSignal, slot + 8, before.pc, before});
  Registers restorer = after;
  restorer.r[unwind::kStackPointer] = slot + 8;
  frames_.push_back({ShadowFrame::kCall, slot, load(slot), restorer});
}

uint64_t ShadowStack::returns_to(const ShadowFrame &frame) {
  return frame.kind == ShadowFrame::kSignal ? frame.returns : load(frame.place);
}

}  // namespace pyro::oracle
