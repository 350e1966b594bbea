// How is untrusted DWARF read without ever leaving its bytes? A cursor that fails once and stays failed.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pyro::unwind {

class ByteReader {
 public:
  ByteReader(const uint8_t *from, size_t size) : at_(from), end_(from + size) {}

  bool ok() const { return ok_; }
  bool more() const { return ok_ && at_ < end_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  const uint8_t *at() const { return at_; }

  template <typename T>
  T fixed() {
    T value{};
    if (!take(sizeof value)) return value;
    memcpy(&value, at_ - sizeof value, sizeof value);
    return value;
  }
  uint8_t u8() { return fixed<uint8_t>(); }

  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const uint8_t byte = u8();
      if (!ok_ || shift > 63) return fail();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
  }
  int64_t sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;;) {
      const uint8_t byte = u8();
      if (!ok_ || shift > 63) return static_cast<int64_t>(fail());
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      shift += 7;
      if (byte & 0x80) continue;
      if (shift < 64 && (byte & 0x40)) value |= ~uint64_t{0} << shift;
      return static_cast<int64_t>(value);
    }
  }
  void skip(uint64_t bytes) { take(bytes); }
  // The next `bytes` as a reader of their own.
  ByteReader sub(uint64_t bytes) {
    const uint8_t *from = at_;
    if (!take(bytes)) return ByteReader(from, 0);
    return ByteReader(from, static_cast<size_t>(bytes));
  }
  uint64_t fail() {
    ok_ = false;
    return 0;
  }

 private:
  bool take(uint64_t bytes) {
    if (!ok_ || bytes > left()) {
      ok_ = false;
      return false;
    }
    at_ += bytes;
    return true;
  }

  const uint8_t *at_;
  const uint8_t *end_;
  bool ok_ = true;
};

}  // namespace pyro::unwind
