// How are the fields of a protobuf message written? Behind what a text holds already; it grows.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pyro::traces {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

constexpr size_t varint_bytes(uint64_t value) {
  size_t bytes = 1;
  for (; value > 0x7f; value >>= 7) bytes++;
  return bytes;
}

inline void put_varint(std::string &to, uint64_t value) {
  char bytes[10];
  size_t count = 0;
  for (; value > 0x7f; value >>= 7) bytes[count++] = static_cast<char>(value | 0x80);
  bytes[count++] = static_cast<char>(value);
  to.append(bytes, count);
}

inline void put_tag(std::string &to, uint32_t field, WireType type) { put_varint(to, field << 3 | type); }

inline void put_number(std::string &to, uint32_t field, uint64_t value) {
  put_tag(to, field, kVarint);
  put_varint(to, value);
}

// So many bytes of a value, the lowest first.
inline void put_little_endian(std::string &to, uint64_t value, size_t count) {
  char bytes[8];
  for (size_t i = 0; i < count; i++) bytes[i] = static_cast<char>(value >> 8 * i);
  to.append(bytes, count);
}

inline void put_fixed64(std::string &to, uint32_t field, uint64_t value) {
  put_tag(to, field, kFixed64);
  put_little_endian(to, value, 8);
}

inline void put_fixed32(std::string &to, uint32_t field, uint32_t value) {
  put_tag(to, field, kFixed32);
  put_little_endian(to, value, 4);
}

// A text, or a message in this one.
inline void put_bytes(std::string &to, uint32_t field, std::string_view bytes) {
  put_tag(to, field, kBytes);
  put_varint(to, bytes.size());
  to.append(bytes);
}

// As identifiers of traces and spans are sent: the highest byte first.
inline void put_big_endian(std::string &to, uint64_t value) {
  char bytes[8];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  to.append(bytes, sizeof bytes);
}

}  // namespace pyro::traces
