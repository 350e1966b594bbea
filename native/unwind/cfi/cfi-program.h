// What does one function's CFI program compute? A small machine: instructions in, one rule per range of code out.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/byte-reader.h"
#include "unwind/cfi/cfi.h"

namespace pyro::unwind {

// Reads a pointer in a DW_EH_PE encoding. `field` is the ELF address of the reader's next byte.
uint64_t read_encoded(ByteReader &in, uint8_t encoding, uint64_t field, uint64_t bias);
inline constexpr uint8_t kEncodingOmit = 0xff;

// What functions have in common (CIE).
struct Common {
  uint64_t code_align = 1;
  int64_t data_align = 1;
  uint8_t pointer_encoding = 0;
  uint64_t return_column = kReturnColumn;
  bool augmented = false;     // 'z': the FDE carries augmentation data
  bool signal_frame = false;  // 'S'
  ByteReader program{nullptr, 0};
};

// Where one register of the caller is.
struct Column {
  // kElsewhere: in another register, or where only an expression says.
  enum How : uint8_t { kSame, kCfa, kBased, kLost, kElsewhere } how;
  uint8_t reg;  // kBased
  int64_t offset;
};

// The register file at one place in the code. Column kSavedCount is the return address.
struct CfiState {
  CfaKind cfa;
  bool cfa_known;
  uint64_t cfa_reg;
  int64_t cfa_offset, cfa_post;
  Column column[kSavedCount + 1];
};

// Expressions: only the forms that compilers and linkers really write; false = another one.
bool read_cfa_expression(ByteReader in, CfiState &state);
bool read_slot_expression(ByteReader in, Column &column);

class CfiProgram {
 public:
  // `section` is where the program lies: advances by encoded pointers are relative to their place.
  CfiProgram(const Common &common, const Section &section, RuleDictionary &dictionary)
      : common_(common), section_(section), dictionary_(dictionary) {}

  // Adds the rows of [start, end) (ELF addresses), counted from `text_start`. false = out of memory.
  // A program that cannot be carried out gives one bad row and sets `*bad`.
  bool run(ByteReader program, uint64_t start, uint64_t end, uint64_t text_start, MappedArray<Row> &rows, bool *bad);

 private:
  static constexpr int kRemembered = 8;

  bool execute(ByteReader in, bool initial);
  bool execute_extended(uint8_t opcode, ByteReader &in);
  bool define_cfa(uint64_t reg, int64_t offset);
  bool advance(uint64_t to);
  void set(uint64_t reg, Column::How how, int64_t offset = 0);
  void restore(uint64_t reg);
  bool emit(uint16_t rule);
  uint16_t rule() const;
  uint64_t address_of(const ByteReader &in) const {
    return section_.address + static_cast<uint64_t>(in.at() - section_.data);
  }

  const Common &common_;
  const Section &section_;
  RuleDictionary &dictionary_;
  CfiState state_{}, initial_{}, remembered_[kRemembered];
  int remembered_count_ = 0;
  uint64_t at_ = 0, end_ = 0, text_start_ = 0;
  MappedArray<Row> *rows_ = nullptr;
  bool out_of_memory_ = false;
};

}  // namespace pyro::unwind
