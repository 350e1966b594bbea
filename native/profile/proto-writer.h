// How do numbers and texts become the bytes of a protobuf message? One buffer that grows.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace pyro::profile {

class ProtoWriter {
 public:
  const std::string &bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

  void varint(uint64_t value) {
    for (; value > 0x7f; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  // Left out when 0, which is what a reader then takes it for.
  void number(uint32_t field, uint64_t value) {
    if (value != 0) explicit_number(field, value);
  }
  void explicit_number(uint32_t field, uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  // A text, a message in this one, or numbers packed into one field.
  void message(uint32_t field, std::string_view bytes) {
    varint(field << 3 | kBytes);
    varint(bytes.size());
    append(bytes);
  }
  void append(std::string_view bytes) { bytes_.append(bytes); }

 private:
  static constexpr uint32_t kBytes = 2;
  std::string bytes_;
};

}  // namespace pyro::profile
