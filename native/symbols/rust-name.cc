// How are Rust names read without letting a hostile one take all time or memory? RFC 2603.
// SPDX-License-Identifier: MPL-2.0
#include "symbols/rust-name.h"

#include <cstdint>
#include <cstring>

#include "symbols/rust-text.h"

namespace pyro::symbols {
namespace {

const char *basic_type(char tag) {
  static const char kTags[] = "abcdefhijlmnopstuvxyz";
  static const char *const kNames[] = {"i8",    "bool",  "char", "f64", "str",  "f32",  "u8",
                                       "isize", "usize", "i32",  "u32", "i128", "u128", "_",
                                       "i16",   "u16",   "()",   "...", "i64",  "u64",  "!"};
  const char *at = tag == '\0' ? nullptr : std::strchr(kTags, tag);
  return at == nullptr ? nullptr : kNames[at - kTags];
}

// One pass over a mangled name; any nonsense ends it.
class Reader : RustText {
 public:
  explicit Reader(std::string_view text) : RustText(text) {}

  std::string read() {
    path(true);
    if (ok_ && at_ < text_.size() && text_[at_] != '.' && text_[at_] != '$') {
      quiet_++;
      path(false);  // the crate that it was made in
      quiet_--;
    }
    const bool whole = at_ == text_.size() || text_[at_] == '.' || text_[at_] == '$';
    return ok_ && whole ? out_ : "";
  }

 private:
  void path(bool in_value) {
    const Level level(*this);
    if (!ok_) return;
    switch (next()) {
      case 'C':
        tagged('s');
        print_identifier(identifier());
        return;
      case 'N':
        return nested(in_value);
      case 'M':
        impl_path();
        print("<");
        type();
        return print(">");
      case 'X':
        impl_path();
        return qualified();
      case 'Y':
        return qualified();
      case 'I':
        path(in_value);
        print(in_value ? "::<" : "<");
        arguments();
        return print(">");
      case 'B':
        return reference([&] { path(in_value); });
      default:
        ok_ = false;
    }
  }
  void impl_path() {
    tagged('s');
    quiet_++;
    path(false);
    quiet_--;
  }
  void qualified() {
    print("<");
    type();
    print(" as ");
    path(false);
    print(">");
  }
  void nested(bool in_value) {
    const char space = next();
    path(in_value);
    const uint64_t number = tagged('s');
    const std::string_view name = identifier();
    if (space >= 'a' && space <= 'z') {
      if (!name.empty()) print("::");
      return print_identifier(name);
    }
    print("::{");
    print(space == 'C' ? "closure" : space == 'S' ? "shim" : std::string_view(&space, 1));
    if (!name.empty()) print(":");
    print_identifier(name);
    print("#" + std::to_string(number) + "}");
  }

  void arguments() {
    for (bool first = true; ok_ && !eat('E'); first = false) {
      if (!first) print(", ");
      if (eat('L'))
        lifetime(base62());
      else if (eat('K'))
        constant();
      else
        type();
    }
  }
  void lifetime(uint64_t index) {
    if (index == 0) return print("'_");
    if (index > bound_) ok_ = false;
    const uint64_t depth = bound_ - index;
    print("'");
    print(depth < 26 ? std::string(1, static_cast<char>('a' + depth)) : "_" + std::to_string(depth));
  }
  void binder() {
    const uint64_t count = tagged('G');
    if (count == 0) return;
    if (count > 100) ok_ = false;
    print("for<");
    for (uint64_t i = 0; ok_ && i < count; i++) {
      if (i > 0) print(", ");
      bound_++;
      lifetime(1);
    }
    print("> ");
  }

  void list(char close) {
    for (bool first = true; ok_ && !eat(close); first = false) {
      if (!first) print(", ");
      type();
    }
  }
  void type() {
    const Level level(*this);
    const char tag = peek();
    if (const char *name = basic_type(tag)) {
      at_++;
      return print(name);
    }
    if (std::strchr("ASTRQPOFDB", tag) == nullptr || tag == '\0') return path(false);
    at_++;
    if (tag == 'B') return reference([&] { type(); });
    if (tag == 'T') return tuple();
    if (tag == 'F') return function();
    if (tag == 'D') return dynamic();
    if (tag == 'A' || tag == 'S') return array(tag == 'A');
    return pointer(tag);
  }
  void tuple() {
    print("(");
    const size_t begin = at_;
    list('E');
    const bool one = ok_ && begin < at_ && count_types(begin) == 1;
    print(one ? ",)" : ")");
  }
  // Reads the tuple once more, without printing.
  int count_types(size_t begin) {
    const size_t back = at_;
    at_ = begin;
    int count = 0;
    quiet_++;
    for (; ok_ && !eat('E'); count++) type();
    quiet_--;
    at_ = back;
    return count;
  }
  void array(bool sized) {
    print("[");
    type();
    if (sized) {
      print("; ");
      constant();
    }
    print("]");
  }
  void pointer(char tag) {
    print(tag == 'P' ? "*const " : tag == 'O' ? "*mut " : "&");
    if ((tag == 'R' || tag == 'Q') && eat('L')) {
      const uint64_t index = base62();
      if (index != 0) {
        lifetime(index);
        print(" ");
      }
    }
    if (tag == 'Q') print("mut ");
    type();
  }
  void function() {
    const uint64_t outer = bound_;
    binder();
    if (eat('U')) print("unsafe ");
    if (eat('K')) {
      print("extern \"");
      std::string abi = eat('C') ? "C" : std::string(identifier());
      for (char &c : abi)
        if (c == '_') c = '-';
      print(abi + "\" ");
    }
    print("fn(");
    list('E');
    print(")");
    if (!eat('u')) {
      print(" -> ");
      type();
    }
    bound_ = outer;
  }
  void dynamic() {
    const uint64_t outer = bound_;
    print("dyn ");
    binder();
    for (bool first = true; ok_ && !eat('E'); first = false) {
      if (!first) print(" + ");
      trait();
    }
    bound_ = outer;
    if (!eat('L')) ok_ = false;
    const uint64_t index = base62();
    if (index == 0) return;
    print(" + ");
    lifetime(index);
  }
  // Bindings stand among the generic arguments of the trait.
  void trait() {
    const Level level(*this);
    bool open = generic_trait();
    while (eat('p')) {
      print(open ? ", " : "<");
      open = true;
      print_identifier(identifier());
      print(" = ");
      type();
    }
    if (open) print(">");
  }
  bool generic_trait() {
    const Level level(*this);
    bool open = false;
    if (eat('B')) {
      reference([&] { open = generic_trait(); });
    } else if (eat('I')) {
      path(false);
      print("<");
      arguments();
      open = true;
    } else {
      path(false);
    }
    return open;
  }

  void constant() {
    const Level level(*this);
    if (!ok_ || eat('p')) return print("_");
    if (eat('B')) return reference([&] { constant(); });
    const char tag = next();
    if (std::strchr("abchijlmnostxy", tag) == nullptr) ok_ = false;
    const bool negative = eat('n');
    std::string digits;
    while (is_hex(peek())) digits += next();
    if (!eat('_') || digits.size() > 32) ok_ = false;
    if (negative) print("-");
    if (digits.size() > 16) return print("0x" + digits);
    const uint64_t value = digits.empty() ? 0 : std::stoull(digits, nullptr, 16);
    if (tag == 'b') return print(value == 0 ? "false" : "true");
    if (tag == 'c') return character(value);
    print(std::to_string(value));
  }
  void character(uint64_t value) {
    if (value >= 0x20 && value < 0x7f) return print(std::string("'") + static_cast<char>(value) + "'");
    static const char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (; value > 0; value >>= 4) hex.insert(hex.begin(), kDigits[value & 15]);
    print("'\\u{" + (hex.empty() ? "0" : hex) + "}'");
  }

  uint64_t bound_ = 0;  // lifetimes of the binders around
};

}  // namespace

std::string rust_demangled(std::string_view mangled) {
  if (mangled.substr(0, 2) != "_R" || mangled.size() < 4 || is_digit(mangled[2])) return "";
  return Reader(mangled.substr(2)).read();
}

}  // namespace pyro::symbols
