// What does .eh_frame say about every instruction?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/cfi/cfi.h"

#include <algorithm>

#include "unwind/cfi/byte-reader.h"
#include "unwind/cfi/cfi-program.h"
#include "unwind/cfi/image.h"

namespace pyro::unwind {
namespace {

constexpr uint32_t kFunctionAlign = 16;
constexpr size_t kBackedAtOnce = 1 << 18;
constexpr size_t kBackedAhead = 1 << 16;  // more than is read of an entry before the next one

// The entry at `offset`: its content after the length, and where the next one begins. false = end or broken.
struct Entry {
  ByteReader body{nullptr, 0};
  size_t body_offset;
  size_t next;
  bool end;
};

bool read_entry(const Section &section, size_t offset, Entry &entry) {
  entry.end = true;
  if (offset >= section.size) return offset == section.size;
  ByteReader in(section.data + offset, section.size - offset);
  uint64_t length = in.fixed<uint32_t>();
  if (in.ok() && length == 0) return true;
  if (length == 0xffffffffu) length = in.fixed<uint64_t>();
  entry.body_offset = section.size - in.left();
  entry.body = in.sub(length);
  if (!in.ok()) return false;
  entry.next = entry.body_offset + static_cast<size_t>(length);
  entry.end = false;
  return length >= 4;
}

uint64_t address_in(const Section &section, const ByteReader &in) {
  return section.address + static_cast<uint64_t>(in.at() - section.data);
}

bool read_augmentation(const Section &section, const char *letters, ByteReader &in, Common &common) {
  if (*letters == 0) return true;
  if (*letters != 'z') return false;
  ByteReader data = in.sub(in.uleb());
  common.augmented = true;
  for (const char *letter = letters + 1; *letter; letter++) {
    switch (*letter) {
      case 'R':
        common.pointer_encoding = data.u8();
        break;
      case 'L':
        data.u8();
        break;
      case 'P': {
        const uint8_t encoding = data.u8();
        if ((encoding & 0x70) == 0x50) return false;  // aligned: no compiler writes it
        const uint64_t field = address_in(section, data);
        read_encoded(data, static_cast<uint8_t>(encoding & 0x0f), field, 0);
        break;
      }
      case 'S':
        common.signal_frame = true;
        break;
      case 'B':
        break;  // aarch64: signed with the B key
      default:
        return false;
    }
  }
  return data.ok() && in.ok();
}

bool read_common(const Section &section, size_t offset, Common &common) {
  Entry entry;
  if (!read_entry(section, offset, entry) || entry.end) return false;
  ByteReader &in = entry.body;
  if (in.fixed<uint32_t>() != 0) return false;  // an FDE
  const uint8_t version = in.u8();
  if (version != 1 && version != 3) return false;
  const char *letters = reinterpret_cast<const char *>(in.at());
  while (in.ok() && in.u8() != 0) {
  }
  if (!in.ok()) return false;
  common = Common{};
  common.code_align = in.uleb();
  common.data_align = in.sleb();
  common.return_column = version == 1 ? in.u8() : in.uleb();
  if (!in.ok() || common.code_align > 64 || common.data_align > 64 || common.data_align < -64) return false;
  if (!read_augmentation(section, letters, in, common)) return false;
  common.program = in;
  return true;
}

// Reads FDE after FDE of one section; neighbours mostly share their CIE.
class FdeReader {
 public:
  FdeReader(const Section &section, uint64_t text_start, uint64_t text_end)
      : section_(section), text_start_(text_start), text_end_(text_end) {}

  // false = broken. A description of code outside the text (discarded by the linker) gives start == end.
  bool read(const Entry &entry, uint64_t &start, uint64_t &end, ByteReader &program) {
    ByteReader in = entry.body;
    const size_t distance = in.fixed<uint32_t>();
    if (!in.ok() || distance > entry.body_offset) return false;
    if (!common_for(entry.body_offset - distance)) return false;
    const uint64_t field = address_in(section_, in);
    start = read_encoded(in, common_.pointer_encoding, field, section_.bias);
    const uint64_t size = read_encoded(in, static_cast<uint8_t>(common_.pointer_encoding & 0x0f), field, 0);
    if (!in.ok()) return false;
    end = start + size;
    if (start < text_start_ || end > text_end_ || end < start) end = start;
    if (common_.augmented) in.skip(in.uleb());
    program = in;
    return in.ok();
  }
  const Common &common() const { return common_; }

 private:
  bool common_for(size_t offset) {
    if (offset == common_offset_) return true;
    common_offset_ = SIZE_MAX;
    if (!read_common(section_, offset, common_)) return false;
    common_offset_ = offset;
    return true;
  }

  const Section &section_;
  const uint64_t text_start_, text_end_;
  Common common_;
  size_t common_offset_ = SIZE_MAX;
};

// Code that overlaps what came before (folded or duplicate functions) is told only once.
void drop_overlaps(MappedArray<Function> &functions) {
  size_t kept = 0;
  uint32_t end = 0;
  for (const Function &function : functions) {
    if (function.start < end) continue;
    functions[kept++] = function;
    end = function.end;
  }
  functions.resize(kept);
}

// Between two functions lies a gap, unless it is only padding to the next alignment, where nothing executes.
bool is_gap(uint32_t end, uint32_t next) {
  return next > end && ((end + kFunctionAlign - 1) & ~(kFunctionAlign - 1)) < next;
}

}  // namespace

CfiError list_functions(const Section &section, uint64_t text_start, uint64_t text_end, MappedArray<Function> &out) {
  FdeReader fdes(section, text_start, text_end);
  Entry entry;
  size_t backed = 0;
  for (size_t offset = 0;; offset = entry.next) {
    while (backed < section.size && offset + kBackedAhead > backed) {
      const size_t more = std::min(section.size - backed, kBackedAtOnce);
      if (!is_backed(section.data + backed, more)) return CfiError::kBroken;
      backed += more;
    }
    if (!read_entry(section, offset, entry)) return CfiError::kBroken;
    if (entry.end) break;
    uint32_t cie;
    memcpy(&cie, entry.body.at(), sizeof cie);
    if (cie == 0) continue;
    uint64_t start, end;
    ByteReader program(nullptr, 0);
    if (!fdes.read(entry, start, end, program)) return CfiError::kBroken;
    if (start == end) continue;
    if (!out.push({static_cast<uint32_t>(start - text_start), static_cast<uint32_t>(end - text_start),
                   static_cast<uint32_t>(offset)}))
      return CfiError::kNoMemory;
  }
  std::sort(out.begin(), out.end(), [](const Function &a, const Function &b) {
    return a.start != b.start ? a.start < b.start : a.fde < b.fde;
  });
  return CfiError::kNone;
}

CfiError read_cfi(const Section &section, uint64_t text_start, uint64_t text_end, RuleDictionary &dictionary,
                  Cfi &out) {
  if (text_end <= text_start || text_end - text_start > UINT32_MAX || section.size > UINT32_MAX)
    return CfiError::kBroken;
  if (const CfiError error = list_functions(section, text_start, text_end, out.functions); error != CfiError::kNone)
    return error;
  drop_overlaps(out.functions);
  FdeReader fdes(section, text_start, text_end);
  CfiProgram machine(fdes.common(), section, dictionary);
  uint32_t done = 0;
  for (const Function &function : out.functions) {
    if (!out.rows.empty() && is_gap(done, function.start) && !out.rows.push({done, kRuleNone, 0}))
      return CfiError::kNoMemory;
    Entry entry{};
    uint64_t start, end;
    ByteReader program(nullptr, 0);
    if (!read_entry(section, function.fde, entry) || !fdes.read(entry, start, end, program)) return CfiError::kBroken;
    bool bad;
    if (!machine.run(program, start, end, text_start, out.rows, &bad)) return CfiError::kNoMemory;
    out.bad_functions += bad;
    done = function.end;
  }
  if (!out.rows.empty() && !out.rows.push({done, kRuleNone, 0})) return CfiError::kNoMemory;
  return CfiError::kNone;
}

uint64_t eh_frame_address(const Section &header) {
  ByteReader in(header.data, header.size);
  if (in.u8() != 1) return 0;
  const uint8_t encoding = in.u8();
  in.u8();
  in.u8();
  const uint64_t field = header.address + 4;
  if ((encoding & 0x70) == 0x30) {  // relative to the header itself
    const uint64_t value = read_encoded(in, static_cast<uint8_t>(encoding & 0x8f), 0, 0);
    return in.ok() ? value + header.address : 0;
  }
  const uint64_t address = read_encoded(in, encoding, field, header.bias);
  return in.ok() ? address : 0;
}

}  // namespace pyro::unwind
