// How are FDE ranges decoded (Linux Standard Base, "Exception Frames"; DWARF 5 §6.4.1)?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/eh-frame.h"

#include <cstring>

namespace pyro::symbols {
namespace {

constexpr uint8_t kAbsolute = 0x00, kPcRelative = 0x10, kIndirect = 0x80, kApplication = 0x70, kFormat = 0x0f;
constexpr uint8_t kUnknownEncoding = 0xff;

// Reads forward inside [at, end); after a read beyond the end `ok` is false and all values are 0.
class Cursor {
 public:
  Cursor(const MappedBytes &bytes, uint64_t at, uint64_t end) : bytes_(bytes), at_(at), end_(end) {
    if (end_ > bytes.size || at_ > end_) ok_ = false;
  }
  bool ok() const { return ok_; }
  uint64_t at() const { return at_; }
  uint64_t address() const { return bytes_.address + at_; }

  template <typename T>
  T take() {
    T value{};
    if (!ok_ || end_ - at_ < sizeof value) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value, bytes_.data + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = take<uint8_t>();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }
  // A pointer without its base; for kFormat only.
  uint64_t encoded(uint8_t format) {
    switch (format) {
      case 0x00:
      case 0x04:
      case 0x0c:
        return take<uint64_t>();
      case 0x02:
        return take<uint16_t>();
      case 0x03:
        return take<uint32_t>();
      case 0x0a:
        return static_cast<uint64_t>(static_cast<int64_t>(take<int16_t>()));
      case 0x0b:
        return static_cast<uint64_t>(static_cast<int64_t>(take<int32_t>()));
      default:
        ok_ = false;
        return 0;
    }
  }
  // A pointer with its base applied.
  uint64_t pointer(uint8_t encoding) {
    const uint64_t here = address();
    const uint64_t value = encoded(encoding & kFormat);
    if ((encoding & kIndirect) != 0) ok_ = false;
    if ((encoding & kApplication) == kPcRelative) return here + value;
    if ((encoding & kApplication) != kAbsolute) ok_ = false;
    return value;
  }

 private:
  const MappedBytes &bytes_;
  uint64_t at_, end_;
  bool ok_ = true;
};

struct Record {
  uint64_t id_at, end;  // of the CIE pointer, and of the record
};

// The record at `at`; false at the terminator, the end, or nonsense.
bool record_at(const MappedBytes &bytes, uint64_t at, Record *record) {
  Cursor cursor(bytes, at, bytes.size);
  uint64_t length = cursor.take<uint32_t>();
  if (length == 0xffffffff) length = cursor.take<uint64_t>();
  if (!cursor.ok() || length < 4 || length > bytes.size - cursor.at()) return false;
  *record = {cursor.at(), cursor.at() + length};
  return true;
}

// How pointers in the FDEs of this CIE are encoded.
uint8_t fde_encoding(const MappedBytes &bytes, uint64_t cie_at) {
  Record record;
  if (!record_at(bytes, cie_at, &record)) return kUnknownEncoding;
  Cursor cursor(bytes, record.id_at, record.end);
  if (cursor.take<uint32_t>() != 0) return kUnknownEncoding;
  const uint8_t version = cursor.take<uint8_t>();
  char augmentation[9] = {};
  for (unsigned i = 0; i < sizeof augmentation; i++)
    if ((augmentation[i] = cursor.take<char>()) == 0) break;
  if (augmentation[8] != 0 || !cursor.ok()) return kUnknownEncoding;
  if (augmentation[0] == 0) return kAbsolute;
  if (augmentation[0] != 'z') return kUnknownEncoding;
  cursor.uleb();                                          // code alignment
  cursor.uleb();                                          // data alignment; signed, but we only skip it
  version == 1 ? cursor.take<uint8_t>() : cursor.uleb();  // return address register
  cursor.uleb();                                          // length of what follows
  for (const char *c = augmentation + 1; *c != 0 && cursor.ok(); c++) {
    if (*c == 'R') {
      const uint8_t encoding = cursor.take<uint8_t>();
      return cursor.ok() ? encoding : kUnknownEncoding;
    }
    if (*c == 'L') cursor.take<uint8_t>();
    if (*c == 'P') cursor.encoded(cursor.take<uint8_t>() & kFormat);
  }
  return kAbsolute;
}

}  // namespace

uint64_t eh_frame_address(const MappedBytes &hdr) {
  Cursor cursor(hdr, 0, hdr.size);
  if (cursor.take<uint8_t>() != 1) return 0;
  const uint8_t encoding = cursor.take<uint8_t>();
  cursor.take<uint16_t>();  // encodings of the search table
  const uint64_t address = cursor.pointer(encoding);
  return cursor.ok() ? address : 0;
}

std::vector<AddressRange> function_ranges(const MappedBytes &eh_frame) {
  std::vector<AddressRange> ranges;
  uint64_t known_cie = UINT64_MAX;
  uint8_t encoding = kUnknownEncoding;
  Record record;
  for (uint64_t at = 0; record_at(eh_frame, at, &record); at = record.end) {
    Cursor cursor(eh_frame, record.id_at, record.end);
    const uint32_t back = cursor.take<uint32_t>();
    if (back == 0 || back > record.id_at) continue;  // a CIE, or nonsense
    if (record.id_at - back != known_cie) {
      known_cie = record.id_at - back;
      encoding = fde_encoding(eh_frame, known_cie);
    }
    const uint64_t begin = cursor.pointer(encoding);
    const uint64_t size = cursor.encoded(encoding & kFormat);
    if (cursor.ok() && size > 0 && begin + size > begin) ranges.push_back({begin, begin + size});
  }
  return ranges;
}

}  // namespace pyro::symbols
