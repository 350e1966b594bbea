// Is this word on the stack a return address into code that may have called code without CFI?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/call-sites.h"

#include <algorithm>

namespace pyro::unwind {
namespace {

const Function *function_at(const MappedArray<Function> &functions, uint32_t offset) {
  const Function *after =
      std::upper_bound(functions.begin(), functions.end(), offset,
                       [](uint32_t value, const Function &function) { return value < function.start; });
  if (after == functions.begin()) return nullptr;
  const Function *function = after - 1;
  return offset < function->end ? function : nullptr;
}

bool covered(uint16_t rule, const Rule *rules) { return rule >= kFirstRule && !(rules[rule].cfa & kCfaGuess); }

// Entries of .plt.sec and .plt.got have ordinary rules: known by their first instruction, a jump through the GOT.
bool is_plt_stub(const Code &code, uint32_t offset) {
  if (kReturnInRegister || offset < code.start || offset - code.start + 16 > code.size) return false;
  const uint8_t *at = code.bytes + (offset - code.start);
  if (at[0] == 0xf3 && at[1] == 0x0f && at[2] == 0x1e && at[3] == 0xfa) at += 4;  // endbr64
  if (at[0] == 0xf2) at++;                                                        // bnd
  return at[0] == 0xff && at[1] == 0x25;
}

// Which call is it? kNone if its target is no code of this module.
Call classify(const Code &code, const TableView &table, const MappedArray<Function> &functions, const Rule *rules,
              int64_t target) {
  if (target < 0 || target >= int64_t{code.start} + code.size) return Call::kNone;
  const auto to = static_cast<uint32_t>(target);
  const uint16_t rule = table.rule_at(to);
  if (!covered(rule, rules)) return Call::kIntoGap;
  if (rules[rule].cfa == kCfaPlt || is_plt_stub(code, to)) return Call::kPlt;
  const Function *callee = function_at(functions, to);
  const bool leaves = callee && callee->start == to && ends_in_jump(code, callee->start, callee->end);
  return leaves ? Call::kAnywhere : Call::kCovered;
}

}  // namespace

bool CallSites::build(const Code &code, const TableView &table, const MappedArray<Function> &functions,
                      const Rule *rules) {
  MappedArray<Found> found;
  for (uint32_t i = 0; i < code.size; i += kInstructionStep) {
    bool direct = false;
    int64_t target = 0;
    const uint32_t length = decode_call(code, i, &direct, &target);
    if (length == 0) continue;
    const uint16_t caller = table.rule_at(code.start + i + length - 1);
    if (caller < kFirstRule) continue;
    const Call call = direct ? classify(code, table, functions, rules, target) : Call::kAnywhere;
    // Assembly is followed only into its own helpers.
    if (call == Call::kNone || (!covered(caller, rules) && call != Call::kIntoGap)) continue;
    if (!found.push({code.start + i + length, static_cast<uint32_t>(target), call})) return false;
  }
  // Bytes inside an instruction may look like another call: order by where they return, the least particular first.
  std::sort(found.begin(), found.end(), [](const Found &a, const Found &b) {
    return a.returns != b.returns ? a.returns < b.returns : a.call < b.call;
  });
  return pack(found, code.start + code.size);
}

bool CallSites::pack(const MappedArray<Found> &found, uint32_t text_end) {
  const uint32_t pages = (text_end >> kPage) + 1;
  if (!directory_.resize(pages + 1) || !sites_.reserve(found.size())) return false;
  uint32_t page = 0, last = 0;
  for (const Found &site : found) {
    if (site.returns == last) continue;
    last = site.returns;
    while (page <= last >> kPage && page < pages) directory_[page++] = static_cast<uint32_t>(sites_.size());
    const uint32_t in_page = last & ((1u << kPage) - 1);
    if (!sites_.push(static_cast<uint16_t>(in_page << 2 | static_cast<uint32_t>(site.call)))) return false;
    if (site.call == Call::kIntoGap && !gap_calls_.push({last, site.target})) return false;
  }
  while (page <= pages) directory_[page++] = static_cast<uint32_t>(sites_.size());
  return true;
}

}  // namespace pyro::unwind
