// What does one function's CFI program compute?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/cfi/cfi-program.h"

namespace pyro::unwind {
namespace {

enum : uint8_t {
  kNop = 0x00,
  kSetLoc = 0x01,
  kAdvance1 = 0x02,
  kAdvance2 = 0x03,
  kAdvance4 = 0x04,
  kOffsetExtended = 0x05,
  kRestoreExtended = 0x06,
  kUndefined = 0x07,
  kSameValue = 0x08,
  kRegister = 0x09,
  kRememberState = 0x0a,
  kRestoreState = 0x0b,
  kDefCfa = 0x0c,
  kDefCfaRegister = 0x0d,
  kDefCfaOffset = 0x0e,
  kDefCfaExpression = 0x0f,
  kExpression = 0x10,
  kOffsetExtendedSf = 0x11,
  kDefCfaSf = 0x12,
  kDefCfaOffsetSf = 0x13,
  kValOffset = 0x14,
  kValOffsetSf = 0x15,
  kValExpression = 0x16,
  kAdvance8 = 0x1d,
  kNegateRaState = 0x2d,
  kGnuArgsSize = 0x2e,
  kGnuNegativeOffset = 0x2f,
  // In the two top bits; the operand is in the others.
  kAdvance = 1,
  kOffset = 2,
  kRestore = 3,
};

int column_of(uint64_t reg) {
  if (reg == kReturnColumn) return static_cast<int>(kSavedCount);
  for (uint32_t i = 0; i < kSavedCount; i++)
    if (kSaved[i] == reg) return static_cast<int>(i);
  return -1;  // not followed: no callee preserves it
}

// A place in units of 8 bytes; kSlotLost when it is none.
int16_t slot(int64_t offset) {
  if (offset % 8 != 0 || offset / 8 <= kSlotLost || offset / 8 > INT16_MAX) return kSlotLost;
  return static_cast<int16_t>(offset / 8);
}

// Offsets come from the file: a product that overflows becomes a place that does not exist.
int64_t scaled(int64_t value, int64_t factor) {
  int64_t product;
  return __builtin_mul_overflow(value, factor, &product) ? INT64_MIN + 1 : product;
}
int64_t scaled(uint64_t value, int64_t factor) { return scaled(static_cast<int64_t>(value), factor); }

Rule first_frame() {
  Rule rule;
  memset(&rule, 0, sizeof rule);
  rule.ra = kSlotLost;
  return rule;
}

}  // namespace

uint64_t read_encoded(ByteReader &in, uint8_t encoding, uint64_t field, uint64_t bias) {
  if (encoding == kEncodingOmit) return 0;
  uint64_t value;
  switch (encoding & 0x0f) {
    case 0x00:
    case 0x04:
      value = in.fixed<uint64_t>();
      break;
    case 0x01:
      value = in.uleb();
      break;
    case 0x02:
      value = in.fixed<uint16_t>();
      break;
    case 0x03:
      value = in.fixed<uint32_t>();
      break;
    case 0x09:
      value = static_cast<uint64_t>(in.sleb());
      break;
    case 0x0a:
      value = static_cast<uint64_t>(int64_t{in.fixed<int16_t>()});
      break;
    case 0x0b:
      value = static_cast<uint64_t>(int64_t{in.fixed<int32_t>()});
      break;
    case 0x0c:
      value = in.fixed<uint64_t>();
      break;
    default:
      return in.fail();
  }
  switch (encoding & 0x70) {
    case 0x00:
      return (encoding & 0x0f) <= 0x04 && value >= bias ? value - bias : value;  // the loader relocated it
    case 0x10:
      return value + field;
    default:
      return in.fail();  // relative to text, data or function start: unknown here
  }
}

bool CfiProgram::run(ByteReader program, uint64_t start, uint64_t end, uint64_t text_start, MappedArray<Row> &rows,
                     bool *bad) {
  rows_ = &rows;
  text_start_ = text_start;
  at_ = start;
  end_ = end;
  const size_t before = rows.size();
  *bad = false;
  state_ = CfiState{};
  // Unless CFI says otherwise a call left the return address where the architecture leaves it, registers untouched.
  if (common_.return_column != kReturnColumn) *bad = true;
  if (common_.signal_frame) state_.cfa = kCfaSignal;
  initial_ = state_;
  remembered_count_ = 0;
  if (!*bad) *bad = !execute(common_.program, true);
  initial_ = state_;
  if (!*bad) *bad = !execute(program, false) || !advance(end);
  if (out_of_memory_) return false;
  if (!*bad) return true;
  rows.resize(before);
  at_ = start;
  return emit(kRuleBad);
}

bool CfiProgram::execute(ByteReader in, bool initial) {
  while (in.more() && (initial || at_ < end_)) {
    const uint8_t byte = in.u8();
    const uint8_t low = byte & 0x3f;
    bool good = true;
    switch (byte >> 6) {
      case kAdvance:
        good = !initial && advance(at_ + low * common_.code_align);
        break;
      case kOffset:
        set(low, Column::kCfa, scaled(in.uleb(), common_.data_align));
        break;
      case kRestore:
        restore(low);
        break;
      default:
        good = !(initial && byte >= kSetLoc && byte <= kAdvance4) && execute_extended(byte, in);
        break;
    }
    if (!good || !in.ok()) return false;
  }
  return in.ok();
}

bool CfiProgram::execute_extended(uint8_t opcode, ByteReader &in) {
  const uint64_t scale = common_.code_align;
  const int64_t data = common_.data_align;
  uint64_t reg;
  switch (opcode) {
    case kNop:
      return true;
    case kSetLoc: {
      const uint64_t field = address_of(in);
      return advance(read_encoded(in, common_.pointer_encoding, field, section_.bias));
    }
    case kAdvance1:
      return advance(at_ + in.u8() * scale);
    case kAdvance2:
      return advance(at_ + in.fixed<uint16_t>() * scale);
    case kAdvance4:
      return advance(at_ + in.fixed<uint32_t>() * scale);
    case kAdvance8:
      return advance(at_ + in.fixed<uint64_t>() * scale);
    case kOffsetExtended:
      reg = in.uleb();
      set(reg, Column::kCfa, scaled(in.uleb(), data));
      return true;
    case kOffsetExtendedSf:
      reg = in.uleb();
      set(reg, Column::kCfa, scaled(in.sleb(), data));
      return true;
    case kGnuNegativeOffset:
      reg = in.uleb();
      set(reg, Column::kCfa, scaled(in.uleb(), -data));
      return true;
    case kRestoreExtended:
      restore(in.uleb());
      return true;
    case kUndefined:
      set(in.uleb(), Column::kLost);
      return true;
    case kSameValue:
      set(in.uleb(), Column::kSame);
      return true;
    case kRegister:
    case kValOffset:
      set(in.uleb(), Column::kElsewhere);
      in.uleb();
      return true;
    case kValOffsetSf:
      set(in.uleb(), Column::kElsewhere);
      in.sleb();
      return true;
    case kValExpression:
      set(in.uleb(), Column::kElsewhere);
      in.skip(in.uleb());
      return true;
    case kExpression: {
      reg = in.uleb();
      const ByteReader expression = in.sub(in.uleb());
      const int column = column_of(reg);
      if (column >= 0 && !read_slot_expression(expression, state_.column[column])) set(reg, Column::kElsewhere);
      return true;
    }
    case kRememberState:
      if (remembered_count_ == kRemembered) return false;
      remembered_[remembered_count_++] = state_;
      return true;
    case kRestoreState:
      if (remembered_count_ == 0) return false;
      state_ = remembered_[--remembered_count_];
      return true;
    case kDefCfa:
      reg = in.uleb();
      return define_cfa(reg, static_cast<int64_t>(in.uleb()));
    case kDefCfaSf:
      reg = in.uleb();
      return define_cfa(reg, scaled(in.sleb(), data));
    case kDefCfaRegister:
      return define_cfa(in.uleb(), state_.cfa_offset);
    case kDefCfaOffset:
      return define_cfa(state_.cfa_reg, static_cast<int64_t>(in.uleb()));
    case kDefCfaOffsetSf:
      return define_cfa(state_.cfa_reg, scaled(in.sleb(), data));
    case kDefCfaExpression: {
      const ByteReader expression = in.sub(in.uleb());
      if (state_.cfa != kCfaSignal) state_.cfa_known = read_cfa_expression(expression, state_);
      return true;
    }
    case kNegateRaState:
      return kReturnInRegister;  // signed return addresses: every one is stripped anyway
    case kGnuArgsSize:
      in.uleb();
      return true;
    default:
      return false;
  }
}

bool CfiProgram::define_cfa(uint64_t reg, int64_t offset) {
  if (state_.cfa != kCfaSignal) state_.cfa = kCfaRegister;
  state_.cfa_known = true;
  state_.cfa_reg = reg;
  state_.cfa_offset = offset;
  return true;
}

void CfiProgram::set(uint64_t reg, Column::How how, int64_t offset) {
  const int column = column_of(reg);
  if (column >= 0) state_.column[column] = {how, 0, offset};
}

void CfiProgram::restore(uint64_t reg) {
  const int column = column_of(reg);
  if (column >= 0) state_.column[column] = initial_.column[column];
}

bool CfiProgram::advance(uint64_t to) {
  if (to < at_) return false;
  if (to > at_ && at_ < end_ && !emit(rule())) return false;
  at_ = to < end_ ? to : end_;
  return true;
}

bool CfiProgram::emit(uint16_t rule) {
  MappedArray<Row> &rows = *rows_;
  const auto at = static_cast<uint32_t>(at_ - text_start_);
  if (!rows.empty() && rows[rows.size() - 1].rule == rule) return true;
  if (rows.push({at, rule, 0})) return true;
  out_of_memory_ = true;
  return false;
}

uint16_t CfiProgram::rule() const {
  const Column &ra = state_.column[kSavedCount];
  if (ra.how == Column::kLost) return dictionary_.number_of(first_frame());
  Rule out;
  memset(&out, 0, sizeof out);
  out.cfa = state_.cfa;
  if (state_.cfa == kCfaSignal) return dictionary_.number_of(out);
  if (ra.how == Column::kElsewhere) return kRuleBad;  // such as longjmp's: there is a caller, but not on the stack
  if (!state_.cfa_known || state_.cfa_reg >= kRegisters) return kRuleBad;
  if (state_.cfa_offset != static_cast<int32_t>(state_.cfa_offset)) return kRuleBad;
  if (state_.cfa_post != static_cast<int16_t>(state_.cfa_post)) return kRuleBad;
  if (ra.how == Column::kBased || (ra.how == Column::kSame && !kReturnInRegister)) return kRuleBad;
  out.reg = static_cast<uint8_t>(state_.cfa_reg);
  out.offset = static_cast<int32_t>(state_.cfa_offset);
  out.post = state_.cfa == kCfaRegister ? int16_t{0} : static_cast<int16_t>(state_.cfa_post);
  out.ra = ra.how == Column::kSame ? kSlotSame : slot(ra.offset);
  if (out.ra == kSlotLost) return kRuleBad;  // a place that cannot be expressed is not "first frame"
  for (uint32_t i = 0; i < kSavedCount; i++) {
    const Column &column = state_.column[i];
    switch (column.how) {
      case Column::kSame:
        out.saved[i] = kSlotSame;
        break;
      case Column::kCfa:
        out.saved[i] = slot(column.offset);
        break;
      case Column::kLost:
      case Column::kElsewhere:
        out.saved[i] = kSlotLost;
        break;
      case Column::kBased:
        out.saved[i] = column.reg == out.reg ? slot(column.offset) : kSlotLost;
        if (column.reg == out.reg) out.based = static_cast<uint16_t>(out.based | 1u << i);
        break;
    }
  }
  return dictionary_.number_of(out);
}

}  // namespace pyro::unwind
