// Which letters, numbers and identifiers does a mangled Rust name consist of, and how much may come of it?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace pyro::symbols {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
inline int base62_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  return c >= 'A' && c <= 'Z' ? c - 'A' + 36 : -1;
}

// Reads forward and prints; what makes no sense, or is too much, ends both.
class RustText {
 protected:
  static constexpr size_t kMaxOut = 4000;
  static constexpr int kMaxDepth = 100;
  static constexpr int kMaxSteps = 5000;  // a reference to what came before costs as much as that

  explicit RustText(std::string_view text) : text_(text) {}

  // Counts what it does as long as it is alive.
  struct Level {
    explicit Level(RustText &reader) : reader(reader) {
      if (++reader.depth_ > kMaxDepth || ++reader.steps_ > kMaxSteps) reader.ok_ = false;
    }
    ~Level() { reader.depth_--; }
    RustText &reader;
  };

  char peek() const { return ok_ && at_ < text_.size() ? text_[at_] : '\0'; }
  char next() {
    const char c = peek();
    if (c == '\0')
      ok_ = false;
    else
      at_++;
    return c;
  }
  bool eat(char c) {
    if (peek() != c) return false;
    at_++;
    return true;
  }
  void print(std::string_view text) {
    if (quiet_ > 0 || !ok_) return;
    if (out_.size() + text.size() > kMaxOut)
      ok_ = false;
    else
      out_.append(text);
  }

  uint64_t base62() {
    if (eat('_')) return 0;
    uint64_t value = 0;
    while (ok_ && !eat('_')) {
      const int digit = base62_digit(next());
      if (digit < 0 || value > (UINT64_MAX - 62) / 62) ok_ = false;
      value = value * 62 + static_cast<uint64_t>(digit);
    }
    return value + 1;
  }
  uint64_t tagged(char tag) { return eat(tag) ? base62() + 1 : 0; }

  std::string_view identifier() {
    const bool encoded = eat('u');
    size_t size = 0;
    if (!is_digit(peek())) ok_ = false;
    if (!eat('0'))
      while (is_digit(peek()) && size < text_.size()) size = size * 10 + static_cast<size_t>(next() - '0');
    eat('_');
    if (!ok_ || size > text_.size() - at_) {
      ok_ = false;
      return {};
    }
    at_ += size;
    punycode_ = encoded;
    return text_.substr(at_ - size, size);
  }
  void print_identifier(std::string_view name) {
    if (punycode_) print("punycode{");
    print(name);
    if (punycode_) print("}");
  }

  // Reads at an earlier place, then goes on here.
  template <typename Read>
  void reference(const Read &read) {
    const size_t from = at_ - 1;
    const uint64_t to = base62();
    if (!ok_ || to >= from) {
      ok_ = false;
      return;
    }
    if (quiet_ > 0) return;
    const size_t back = at_;
    at_ = static_cast<size_t>(to);
    read();
    at_ = back;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string out_;
  bool ok_ = true, punycode_ = false;
  int depth_ = 0, steps_ = 0, quiet_ = 0;
};

}  // namespace pyro::symbols
