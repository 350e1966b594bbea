// Which DWARF expressions occur in unwind tables, and what do they mean?
//
// Compilers write three: the PLT's (by the linker), the realigned stack's and a register's own address. Everything else
// is refused, so that no expression is ever evaluated in a signal handler.
// SPDX-License-Identifier: MPL-2.0
#include "unwind/cfi/cfi-program.h"

namespace pyro::unwind {
namespace {

enum : uint8_t {
  kOpDeref = 0x06,
  kOpAnd = 0x1a,
  kOpPlus = 0x22,
  kOpPlusUconst = 0x23,
  kOpShl = 0x24,
  kOpGe = 0x2a,
  kOpLit0 = 0x30,
  kOpLit31 = 0x4f,
  kOpBreg0 = 0x70,
  kOpBreg31 = 0x8f,
};

bool read_breg(ByteReader &in, uint64_t &reg, int64_t &offset) {
  const uint8_t op = in.u8();
  if (!in.ok() || op < kOpBreg0 || op > kOpBreg31) return false;
  reg = op - kOpBreg0;
  offset = in.sleb();
  return in.ok();
}

// reg + 8 + ((pc & 15) >= k ? 8 : 0), after the first term was read.
bool read_plt_tail(ByteReader in, int64_t &k) {
  uint64_t reg;
  int64_t offset;
  if (!read_breg(in, reg, offset) || reg != kReturnColumn || offset != 0) return false;
  if (in.u8() != kOpLit0 + 15 || in.u8() != kOpAnd) return false;
  k = in.u8() - kOpLit0;
  return k >= 0 && k <= 15 && in.u8() == kOpGe && in.u8() == kOpLit0 + 3 && in.u8() == kOpShl && in.u8() == kOpPlus &&
         in.ok() && !in.more();
}

// What may follow a dereference: nothing, or a constant to add.
bool read_addend(ByteReader &in, int64_t &addend) {
  addend = 0;
  if (!in.more()) return in.ok();
  const uint8_t op = in.u8();
  if (op == kOpPlusUconst) {
    addend = static_cast<int64_t>(in.uleb());
  } else if (op >= kOpLit0 && op <= kOpLit31) {
    addend = op - kOpLit0;
    if (in.u8() != kOpPlus) return false;
  } else {
    return false;
  }
  return in.ok() && !in.more();
}

}  // namespace

bool read_cfa_expression(ByteReader in, CfiState &state) {
  uint64_t reg;
  int64_t offset;
  if (!read_breg(in, reg, offset)) return false;
  state.cfa_reg = reg;
  state.cfa_offset = offset;
  state.cfa_post = 0;
  state.cfa_known = true;
  state.cfa = kCfaRegister;
  if (!in.more()) return in.ok();
  if (*in.at() == kOpDeref) {
    in.u8();
    state.cfa = kCfaDeref;
    return read_addend(in, state.cfa_post);
  }
  if (*in.at() >= kOpBreg0 && !kReturnInRegister) {
    state.cfa = kCfaPlt;
    return read_plt_tail(in, state.cfa_post);
  }
  return read_addend(in, offset) && !__builtin_add_overflow(state.cfa_offset, offset, &state.cfa_offset);
}

bool read_slot_expression(ByteReader in, Column &column) {
  uint64_t reg;
  int64_t offset;
  if (!read_breg(in, reg, offset) || in.more() || reg >= kRegisters) return false;
  column = {Column::kBased, static_cast<uint8_t>(reg), offset};
  return true;
}

}  // namespace pyro::unwind
