// Does the CFI reader carry out each instruction as DWARF says, and refuse what it does not know?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/cfi/cfi.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cfi-writer.h"
#include "unwind/modules/table.h"

namespace pyro::unwind::test {
namespace {

constexpr uint64_t kAt = kTextStart + 0x100;
constexpr uint32_t kRbx = 0, kRbp = 1, kR12 = 2, kR15 = 5;  // places in kSaved

Parsed parse(const Bytes &program, uint64_t size = 0x100) {
  return Parsed(CfiWriter().function(kAt, size, program).finish());
}

TEST(Cfi, a_prologue_and_its_epilogue_give_a_row_at_every_change) {
  // push rbp at +1, mov rbp at +4, push rbx at +8, back at +0x20
  const Parsed parsed = parse({0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x44, 0x83, 3, 0x58, 0x0c, 7, 8, 0xc6, 0xc3});
  ASSERT_EQ(parsed.error, CfiError::kNone);
  EXPECT_EQ(parsed.at(kAt).offset, 8);
  EXPECT_EQ(parsed.at(kAt).saved[kRbp], kSlotSame);
  EXPECT_EQ(parsed.at(kAt + 1).offset, 16);
  EXPECT_EQ(parsed.at(kAt + 1).saved[kRbp], -2);
  EXPECT_EQ(parsed.at(kAt + 4).reg, kFramePointer);
  EXPECT_EQ(parsed.at(kAt + 7).saved[kRbx], kSlotSame);
  EXPECT_EQ(parsed.at(kAt + 8).saved[kRbx], -3);
  const Rule &last = parsed.at(kAt + 0x20);
  EXPECT_EQ(last.reg, kStackPointer);
  EXPECT_EQ(last.saved[kRbp], kSlotSame);
  EXPECT_EQ(last.saved[kRbx], kSlotSame);
  EXPECT_EQ(last.ra, -1);
}

TEST(Cfi, advances_of_every_width_move_the_row) {
  const Parsed parsed =
      parse({0x02, 0x10, 0x0e, 16, 0x03, 0x00, 0x01, 0x0e, 24, 0x04, 0x00, 0x10, 0, 0, 0x0e, 32}, 0x4000);
  ASSERT_EQ(parsed.error, CfiError::kNone);
  EXPECT_EQ(parsed.at(kAt + 0x0f).offset, 8);
  EXPECT_EQ(parsed.at(kAt + 0x10).offset, 16);
  EXPECT_EQ(parsed.at(kAt + 0x110).offset, 24);
  EXPECT_EQ(parsed.at(kAt + 0x1110).offset, 32);
  EXPECT_EQ(parsed.at(kAt + 0x110f).offset, 24);
}

TEST(Cfi, set_loc_moves_to_an_address) {
  Bytes program{0x01};
  CfiWriter::put(program, kAt + 0x40, 8);
  program.insert(program.end(), {0x0e, 48});
  const Parsed parsed = parse(program);
  EXPECT_EQ(parsed.at(kAt + 0x3f).offset, 8);
  EXPECT_EQ(parsed.at(kAt + 0x40).offset, 48);
}

TEST(Cfi, remembered_states_nest_and_bring_back_cfa_and_registers) {
  const Parsed parsed =
      parse({0x0e, 16, 0x86, 2, 0x0a, 0x41, 0x0e, 32, 0x83, 4, 0x0a, 0x41, 0x0e, 64, 0x0b, 0x41, 0x0b, 0x41, 0x0e, 8});
  ASSERT_EQ(parsed.error, CfiError::kNone);
  EXPECT_EQ(parsed.at(kAt + 1).saved[kRbx], -4);
  EXPECT_EQ(parsed.at(kAt + 2).offset, 32);  // 64 was restored before the advance took effect on the next row
  EXPECT_EQ(parsed.at(kAt + 3).offset, 16);
  EXPECT_EQ(parsed.at(kAt + 3).saved[kRbx], kSlotSame);
  EXPECT_EQ(parsed.at(kAt + 3).saved[kRbp], -2);
  EXPECT_EQ(parsed.at(kAt + 4).offset, 8);
}

TEST(Cfi, signed_and_extended_forms_say_the_same_as_the_short_ones) {
  // offset_extended r12 4; offset_extended_sf r15 5; def_cfa_sf rsp -4 (= 32); GNU_negative_offset_extended rbx: CFA +
  // 16
  const Parsed parsed = parse({0x05, 12, 4, 0x11, 15, 5, 0x12, 7, 0x7c, 0x2f, 3, 2});
  const Rule &rule = parsed.at(kAt);
  EXPECT_EQ(rule.saved[kR12], -4);
  EXPECT_EQ(rule.saved[kR15], -5);
  EXPECT_EQ(rule.offset, 32);
  EXPECT_EQ(rule.saved[kRbx], 2);
  const Parsed moved = parse({0x13, 0x7e});  // def_cfa_offset_sf -2
  EXPECT_EQ(moved.at(kAt).offset, 16);
}

TEST(Cfi, a_register_that_is_nowhere_is_lost_and_same_value_brings_it_back) {
  const Parsed parsed = parse({0x86, 2, 0x07, 3, 0x14, 12, 1, 0x09, 13, 1, 0x41, 0x08, 6, 0x06, 3});
  EXPECT_EQ(parsed.at(kAt).saved[kRbx], kSlotLost);
  EXPECT_EQ(parsed.at(kAt).saved[kR12], kSlotLost);
  EXPECT_EQ(parsed.at(kAt + 1).saved[kRbp], kSlotSame);
  EXPECT_EQ(parsed.at(kAt + 1).saved[kRbx], kSlotSame);
}

TEST(Cfi, an_undefined_return_address_is_the_first_frame) {
  const Parsed parsed = parse({0x07, 16});
  EXPECT_EQ(parsed.at(kAt).ra, kSlotLost);
  EXPECT_GE(parsed.number_at(kAt), kFirstRule);
}

// In another register (longjmp says so of where it goes), as a value, by an expression that we do not know.
TEST(Cfi, a_return_address_that_is_not_on_the_stack_is_a_bad_rule_and_not_the_first_frame) {
  EXPECT_EQ(parse({0x09, 16, 1}).number_at(kAt), kRuleBad);
  EXPECT_EQ(parse({0x14, 16, 1}).number_at(kAt), kRuleBad);
  EXPECT_EQ(parse({0x10, 16, 1, 0x30}).number_at(kAt), kRuleBad);
}

TEST(Cfi, the_linkers_plt_expression_is_known) {
  const Bytes plt{0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22};
  const Parsed parsed = parse(plt);
  EXPECT_EQ(parsed.at(kAt).cfa, kCfaPlt);
  EXPECT_EQ(parsed.at(kAt).reg, kStackPointer);
  EXPECT_EQ(parsed.at(kAt).offset, 8);
  EXPECT_EQ(parsed.at(kAt).post, 11);
}

TEST(Cfi, a_realigned_stack_keeps_its_cfa_in_memory_and_registers_by_the_frame_pointer) {
  // CFA = *(rbp - 8); rbp at rbp + 0; r12 at rbp - 16; and the OpenSSL form *(rsp + 72) + 8
  const Parsed parsed = parse({0x0f, 3,    0x76, 0x78, 0x06, 0x10, 6,    2,    0x76, 0,    0x10, 12,
                               2,    0x76, 0x70, 0x41, 0x0f, 6,    0x77, 0xc8, 0,    0x06, 0x23, 8});
  const Rule &rule = parsed.at(kAt);
  EXPECT_EQ(rule.cfa, kCfaDeref);
  EXPECT_EQ(rule.reg, kFramePointer);
  EXPECT_EQ(rule.offset, -8);
  EXPECT_EQ(rule.post, 0);
  EXPECT_EQ(rule.based, 1u << kRbp | 1u << kR12);
  EXPECT_EQ(rule.saved[kRbp], 0);
  EXPECT_EQ(rule.saved[kR12], -2);
  const Rule &openssl = parsed.at(kAt + 1);
  EXPECT_EQ(openssl.cfa, kCfaDeref);
  EXPECT_EQ(openssl.offset, 72);
  EXPECT_EQ(openssl.post, 8);
}

TEST(Cfi, other_expressions_give_a_bad_row_and_spoil_nothing_else) {
  const Parsed parsed = parse({0x0f, 2, 0x31, 0x32, 0x41, 0x0c, 7, 16});
  EXPECT_EQ(parsed.error, CfiError::kNone);
  EXPECT_EQ(parsed.number_at(kAt), kRuleBad);
  EXPECT_EQ(parsed.at(kAt + 1).offset, 16);
}

TEST(Cfi, an_unknown_instruction_makes_its_function_bad_and_leaves_the_others) {
  const Parsed parsed(
      CfiWriter().function(kAt, 0x40, {0x0e, 16, 0x41, 0x3a}).function(kAt + 0x40, 0x40, {0x0e, 24}).finish());
  EXPECT_EQ(parsed.error, CfiError::kNone);
  EXPECT_EQ(parsed.cfi.bad_functions, 1u);
  EXPECT_EQ(parsed.number_at(kAt), kRuleBad);
  EXPECT_EQ(parsed.number_at(kAt + 0x3f), kRuleBad);
  EXPECT_EQ(parsed.at(kAt + 0x40).offset, 24);
}

TEST(Cfi, offsets_that_cannot_be_expressed_are_never_wrapped) {
  const Parsed huge = parse({0x0c, 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f});
  EXPECT_EQ(huge.number_at(kAt), kRuleBad);
  const Parsed slot = parse({0x86, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f});
  EXPECT_EQ(slot.at(kAt).saved[kRbp], kSlotLost);
  const Parsed ra = parse({0x90, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f});
  EXPECT_EQ(ra.number_at(kAt), kRuleBad) << "a place out of reach is not the thread's first frame";
}

TEST(Cfi, a_signal_frame_is_known_by_its_augmentation) {
  const Parsed parsed(CfiWriter("zRS").function(kAt, 0x20, {}).finish());
  EXPECT_EQ(parsed.at(kAt).cfa, kCfaSignal);
}

TEST(Cfi, gaps_are_rows_but_padding_to_the_next_function_is_none) {
  const Parsed parsed(CfiWriter()
                          .function(kAt, 0x23, {})
                          .function(kAt + 0x30, 0x10, {0x0e, 16})   // 13 bytes of padding before it
                          .function(kAt + 0x100, 0x10, {0x0e, 24})  // 0xc0 bytes of something else before it
                          .finish());
  EXPECT_EQ(parsed.number_at(kAt - 1), kRuleNone);
  EXPECT_GE(parsed.number_at(kAt + 0x28), kFirstRule);
  EXPECT_EQ(parsed.at(kAt + 0x30).offset, 16);
  EXPECT_EQ(parsed.number_at(kAt + 0x40), kRuleNone);
  EXPECT_EQ(parsed.number_at(kAt + 0xff), kRuleNone);
  EXPECT_EQ(parsed.at(kAt + 0x100).offset, 24);
  EXPECT_EQ(parsed.number_at(kAt + 0x110), kRuleNone) << "after the last function";
}

TEST(Cfi, functions_come_in_any_order_overlap_or_lie_elsewhere) {
  const Parsed parsed(CfiWriter()
                          .function(kAt + 0x40, 0x40, {0x0e, 24})
                          .function(kAt, 0x40, {0x0e, 16})
                          .function(kAt + 0x20, 0x10, {0x0e, 32})  // inside the one before: told once
                          .function(0, 0x10, {0x0e, 40})           // discarded by the linker
                          .finish());
  EXPECT_EQ(parsed.error, CfiError::kNone);
  EXPECT_EQ(parsed.cfi.functions.size(), 2u);
  EXPECT_EQ(parsed.at(kAt + 0x20).offset, 16);
  EXPECT_EQ(parsed.at(kAt + 0x40).offset, 24);
}

TEST(Cfi, neighbours_with_one_rule_share_a_row) {
  const Parsed parsed(
      CfiWriter().function(kAt, 0x10, {}).function(kAt + 0x10, 0x10, {}).function(kAt + 0x20, 0x10, {}).finish());
  EXPECT_EQ(parsed.cfi.rows.size(), 2u);  // theirs and the end
  EXPECT_EQ(parsed.cfi.functions.size(), 3u);
}

TEST(Cfi, truncated_and_contradicting_sections_are_broken) {
  const Bytes good = CfiWriter().function(kAt, 0x40, {0x0e, 16}).finish();
  for (const size_t cut : {size_t{2}, size_t{7}, size_t{20}, good.size() - 12}) {
    const Parsed parsed(Bytes(good.begin(), good.begin() + static_cast<long>(cut)));
    EXPECT_EQ(parsed.error, CfiError::kBroken) << cut;
  }
  Bytes wrong_cie = good;
  wrong_cie[8] = 9;  // version
  EXPECT_EQ(Parsed(wrong_cie).error, CfiError::kBroken);
  EXPECT_EQ(Parsed(good, kTextEnd, kTextStart).error, CfiError::kBroken);
  EXPECT_EQ(Parsed({}).error, CfiError::kNone) << "nothing says nothing";
}

TEST(Cfi, the_header_leads_to_the_section) {
  Bytes header{1, 0x1b, 0x03, 0x3b};
  CfiWriter::put(header, static_cast<uint32_t>(-0x104), 4);
  EXPECT_EQ(eh_frame_address({header.data(), header.size(), 0x5000, 0}), 0x5000u + 4 - 0x104);
  header[1] = 0x3b;  // relative to the header
  EXPECT_EQ(eh_frame_address({header.data(), header.size(), 0x5000, 0}), 0x5000u - 0x104);
  header[0] = 2;
  EXPECT_EQ(eh_frame_address({header.data(), header.size(), 0x5000, 0}), 0u);
  EXPECT_EQ(eh_frame_address({header.data(), 3, 0x5000, 0}), 0u);
}

// A rule found through the packed table is the one that a plain look through the rows gives, at every offset.
TEST(Table, look_ups_agree_with_the_rows_at_every_byte) {
  MappedArray<Row> rows;
  constexpr uint32_t kText = 300000;
  uint32_t seed = 7;
  const auto random = [&] { return seed = seed * 1664525 + 1013904223; };
  for (uint32_t at = 500; at < kText; at += random() % 4 == 0 ? random() % 5000 + 1 : random() % 40 + 1)
    rows.push({at, static_cast<uint16_t>(random() % 900), 0});
  for (const uint32_t edge : {1024u, 2048u, 65536u, 131072u}) {
    MappedArray<Row> merged;
    for (const Row &row : rows) {
      if (row.at > edge && (merged.empty() || merged[merged.size() - 1].at < edge)) merged.push({edge, 77, 0});
      merged.push(row);
    }
    rows = static_cast<MappedArray<Row> &&>(merged);
  }
  Table table;
  ASSERT_TRUE(table.build(rows, kText));
  const TableView view = table.view();
  size_t row = 0;
  EXPECT_EQ(view.row_at(0), -1);
  EXPECT_EQ(view.rule_at(499), kRuleNone);
  for (uint32_t offset = rows[0].at; offset < kText; offset++) {
    while (row + 1 < rows.size() && rows[row + 1].at <= offset) row++;
    ASSERT_EQ(view.row_at(offset), static_cast<int32_t>(row)) << offset;
    ASSERT_EQ(view.rule_at(offset), rows[row].rule);
    uint32_t from = 0, to = 0;
    view.extent_of(static_cast<int32_t>(row), offset, kText - 1, &from, &to);
    const uint32_t page = offset & ~kPageMask, first = page - std::min(page, kMostPages << kPageBits);
    ASSERT_EQ(from, std::max(rows[row].at, first)) << offset;
    const uint32_t end = ((kText - 1) & ~kPageMask) + kPageMask + 1,
                   next = row + 1 < rows.size() ? rows[row + 1].at : end;
    ASSERT_EQ(to, std::min({next, end, page + (kMostPages << kPageBits)})) << offset;
  }
}

TEST(Table, a_text_without_rows_is_one_gap) {
  Table table;
  ASSERT_TRUE(table.build({}, 5000));
  EXPECT_EQ(table.view().rule_at(0), kRuleNone);
  EXPECT_EQ(table.view().rule_at(4999), kRuleNone);
}

TEST(Dictionary, gives_one_number_to_one_rule_and_says_bad_when_full) {
  RuleDictionary dictionary;
  Rule rule;
  memset(&rule, 0, sizeof rule);
  for (int round = 0; round < 2; round++)
    for (int32_t i = 0; i < 1000; i++) {
      rule.offset = i;
      EXPECT_EQ(dictionary.number_of(rule), kFirstRule + i);
    }
  for (int32_t i = 1000; i < 20000; i++) {
    rule.offset = i;
    dictionary.number_of(rule);
  }
  EXPECT_EQ(dictionary.size(), RuleDictionary::kCapacity);
  EXPECT_EQ(dictionary.number_of(rule), kRuleBad);
  rule.offset = 5;
  EXPECT_EQ(dictionary.number_of(rule), kFirstRule + 5);
}

}  // namespace
}  // namespace pyro::unwind::test
