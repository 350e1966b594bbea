// How is the frame layout of assembly functions without CFI guessed from their code?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/assembly.h"

namespace pyro::unwind {
namespace {

constexpr uint32_t kFunctionAlign = 16;
constexpr int32_t kBareFrame = 8;      // bytes: the return address only
constexpr uint32_t kMostPadding = 64;  // bytes between functions; none is aligned to more

// Adds one row for each function found in the gap [from, to) of the unwind table, with kRuleNone where its frame is
// unknown. False = out of memory.
bool add_functions(const Code &code, uint32_t from, uint32_t to, RuleDictionary &dictionary, MappedArray<Row> &rows) {
  if (!rows.push({from, kRuleNone, 0})) return false;
  const uint32_t first = (from + kFunctionAlign - 1) & ~(kFunctionAlign - 1);
  for (uint32_t at = first; at < to && at >= first; at += kFunctionAlign) {
    const CodeEnd end = at == first ? CodeEnd::kReturn : ends_before(code, at - code.start, from - code.start);
    if (end == CodeEnd::kNone) continue;
    Rule rule;
    const bool told = guess_frame(code.bytes + (at - code.start), to - at, &rule);
    // Code without a frame of its own belongs to the function before it if the end of that one is uncertain, or if that
    // one branches to it.
    const bool bare = told && rule.offset == kBareFrame && rule.reg == kStackPointer;
    const uint32_t before = rows[rows.size() - 1].at;
    if (bare && at != first && (end == CodeEnd::kPerhaps || branches_to(code, before - code.start, at - code.start)))
      continue;
    const uint16_t number = told ? dictionary.number_of(rule) : kRuleNone;
    // Adjacent rows with the same rule are not merged: each row is one function (see CallSites::target).
    if (at == from) rows.resize(rows.size() - 1);
    if (!rows.push({at, number == kRuleBad ? kRuleNone : number, 0})) return false;
  }
  return true;
}

}  // namespace

bool guess_gaps(const Code &code, RuleDictionary &dictionary, MappedArray<Row> &rows) {
  MappedArray<Row> out;
  if (!out.reserve(rows.size() + 1)) return false;
  for (size_t i = 0; i < rows.size(); i++) {
    const Row &row = rows[i];
    const uint32_t end = i + 1 < rows.size() ? rows[i + 1].at : code.start + code.size;
    const bool inside = row.at >= code.start && end <= code.start + code.size;
    const bool good = row.rule == kRuleNone && end > row.at && inside
                          ? add_functions(code, row.at, end, dictionary, out)
                          : out.push(row);
    if (!good) return false;
  }
  rows = static_cast<MappedArray<Row> &&>(out);
  return true;
}

#if defined(__x86_64__)

namespace {

bool starts(const uint8_t *at, uint32_t left, const char *bytes, uint32_t size) {
  return left >= size && memcmp(at, bytes, size) == 0;
}
#define STARTS(at, left, bytes) starts(at, left, bytes, sizeof(bytes) - 1)

// Length in bytes of the padding at `at`: one no-op of any size, int3, or a zero between sections. 0 = no padding.
uint32_t padding_length(const uint8_t *at, uint32_t left) {
  uint32_t length = 0;
  while (length < left && (at[length] == 0x66 || at[length] == 0x2e)) length++;
  if (length >= left) return 0;
  if (at[length] == 0x90) return length + 1;
  if (length == 0 && (at[0] == 0xcc || at[0] == 0x00)) return 1;
  if (left - length < 3 || at[length] != 0x0f || at[length + 1] != 0x1f) return 0;
  static constexpr struct { uint8_t modrm, length; } kForms[] = {{0x00, 3}, {0x40, 4}, {0x44, 5}, {0x80, 7}, {0x84, 8}};
  for (const auto &form : kForms)
    if (at[length + 2] == form.modrm && length + form.length <= left) return length + form.length;
  return 0;
}

bool is_padding(const uint8_t *at, uint32_t size) {
  while (size > 0) {
    const uint32_t length = padding_length(at, size);
    if (length == 0) return false;
    at += length;
    size -= length;
  }
  return true;
}

int64_t load_imm32(const uint8_t *at) {
  int32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

// The DWARF number of the register with the number `code` in x86-64 instructions.
uint8_t dwarf_register(uint8_t code) {
  static constexpr uint8_t kNumbers[] = {0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};
  return kNumbers[code & 15];
}

void note_push(Rule *rule, uint8_t reg, int16_t slot) {
  for (uint32_t i = 0; i < kSavedCount; i++)
    if (kSaved[i] == reg) rule->saved[i] = slot;
}

}  // namespace

CodeEnd ends_before(const Code &code, uint32_t i, uint32_t not_before) {
  const uint32_t most = i - not_before < kMostPadding ? i - not_before : kMostPadding;
  for (uint32_t back = 0; back < most; back++) {
    const uint8_t *end = code.bytes + i - back;  // would the padding begin here?
    const uint32_t before = i - back - not_before;
    const bool jumps = (before >= 5 && end[-5] == 0xe9) || (before >= 2 && end[-2] == 0xeb);
    if (back == 0 && padding_length(end, code.size - i)) return CodeEnd::kNone;  // still padding
    if ((end[-1] != 0xc3 && !jumps) || !is_padding(end, back)) continue;
    // Without padding, a byte 0xc3 may be a return or the last byte of another instruction.
    return jumps || back == 0 ? CodeEnd::kPerhaps : CodeEnd::kReturn;
  }
  return CodeEnd::kNone;
}

bool branches_to(const Code &code, uint32_t from, uint32_t i) {
  for (uint32_t at = from; at + 6 <= i; at++) {
    const uint8_t *bytes = code.bytes + at;
    if ((bytes[0] & 0xf0) == 0x70 && at + 2 + static_cast<int8_t>(bytes[1]) == i) return true;
    if (bytes[0] == 0x0f && (bytes[1] & 0xf0) == 0x80 && int64_t{at} + 6 + load_imm32(bytes + 2) == i) return true;
  }
  return false;
}

// Understands three prologues: pushes and one subtraction from rsp (x86inc), a frame pointer (yasm style), and the
// realigned frame of libjpeg-turbo, where rbp points at the saved stack pointer.
bool guess_frame(const uint8_t *at, uint32_t size, Rule *rule) {
  memset(rule, 0, sizeof *rule);
  rule->cfa = kCfaRegister | kCfaGuess;
  rule->reg = kStackPointer;
  rule->ra = -1;
  for (int16_t &slot : rule->saved) slot = kSlotSame;
  if (STARTS(at, size, "\xf3\x0f\x1e\xfa")) at += 4, size -= 4;
  const uint8_t *const begin = at;
  int64_t frame = 8;
  int16_t slot = -1;
  for (;;) {
    const auto left = static_cast<uint32_t>(begin + size - at);
    const bool high = left >= 2 && at[0] == 0x41;
    const uint8_t opcode = left > high ? at[high] : uint8_t{0};
    if (opcode >= 0x50 && opcode <= 0x57) {
      frame += 8;
      note_push(rule, dwarf_register(static_cast<uint8_t>((opcode & 7) | (high ? 8 : 0))), --slot);
      at += 1 + high;
    } else if (left >= 4 && STARTS(at, left, "\x48\x83\xec")) {
      frame += static_cast<int8_t>(at[3]);
      at += 4;
    } else if (left >= 7 && STARTS(at, left, "\x48\x81\xec")) {
      frame += load_imm32(at + 3);
      at += 7;
    } else if (slot == -2 && frame == 16 && begin[0] == 0x55 && STARTS(at, left, "\x48\x89\xe5")) {
      rule->reg = kFramePointer;
      break;
    } else if (slot == -2 && frame == 16 && begin[0] == 0x55 && left >= 11 &&
               STARTS(at, left, "\x48\x89\xe0\x48\x83\xec\x04\x48\x83\xe4") &&
               STARTS(at + 11, left - 11, "\x48\x89\x04\x24\x48\x89\xe5")) {
      rule->cfa = kCfaDeref | kCfaGuess;
      rule->reg = kFramePointer;
      rule->post = 16;
      return true;
    } else if (STARTS(at, left, "\x48\x83\xe4") || STARTS(at, left, "\x48\x81\xe4")) {
      return false;  // an unknown kind of realignment
    } else if (left >= 3 && (at[0] & 0xfe) == 0x48 && at[1] == 0x89 && (at[2] & 0xf8) == 0xe0) {
      at += 3;  // mov reg, rsp: a realignment may follow
    } else {
      break;
    }
  }
  if (frame < 8 || frame > 65536) return false;
  rule->offset = static_cast<int32_t>(frame);
  return true;
}

#else

bool guess_frame(const uint8_t *, uint32_t, Rule *) { return false; }
CodeEnd ends_before(const Code &, uint32_t, uint32_t) { return CodeEnd::kNone; }
bool branches_to(const Code &, uint32_t, uint32_t) { return false; }

#endif

}  // namespace pyro::unwind
