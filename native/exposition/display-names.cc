// Which parts of a name must not be seen, or mean nothing in another run?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/display-names.h"

#include <algorithm>

#include "exposition/unicode.h"

namespace pyro::exposition {
namespace {

constexpr size_t kMostNameUnits = 128;
constexpr size_t kMostValueUnits = 256;
constexpr size_t kMostScheme = 32;  // characters: looked for at each letter, so it must end

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char32_t c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_scheme(char32_t c) { return is_letter(c) || is_digit(c) || c == '+' || c == '.' || c == '-'; }

// Where the run of such characters that begins at `from` ends.
template <typename Is>
size_t run_end(const std::u32string &text, size_t from, Is is, size_t most = std::u32string::npos) {
  while (from < text.size() && most-- > 0 && is(text[from])) from++;
  return from;
}

// Where what begins at `at` and must not be shown ends; `at` itself when nothing does.
size_t uri_end(const std::u32string &text, size_t at) {
  if (!is_letter(text[at])) return at;
  const size_t scheme = run_end(text, at, is_scheme, kMostScheme);
  if (text.compare(scheme, 3, U"://") != 0) return at;
  return run_end(text, scheme + 3, [](char32_t c) { return !is_blank(c); });
}

size_t pointer_end(const std::u32string &text, size_t at) {
  if (text[at] != '0' || at + 1 == text.size() || (text[at + 1] | 0x20) != 'x') return at;
  const size_t end = run_end(text, at + 2, is_hex);
  return end - at >= 7 ? end : at;
}

size_t number_end(const std::u32string &text, size_t at) {
  const size_t end = run_end(text, at, is_digit);
  return end - at >= 8 ? end : at;
}

size_t unseen_end(const std::u32string &text, size_t at) { return run_end(text, at, is_unseen); }

std::u32string without(const std::u32string &text, size_t (*end_of)(const std::u32string &, size_t),
                       const char32_t *instead) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t end = end_of(text, at);
    if (end == at) {
      out += text[at++];
    } else {
      out += instead;
      at = end;
    }
  }
  return out;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return is_digit(c); });
}

// The text before a last "_" and at least `digits` digits; `text` itself when it ends otherwise.
std::string_view before_number(std::string_view text, size_t digits) {
  const size_t bar = text.rfind('_');
  if (bar == std::string_view::npos || !all_digits(text.substr(bar + 1)) || text.size() - bar - 1 < digits) return text;
  return text.substr(0, bar);
}

// "src_1234" and "src_1234_96" are "src"; "src_12" stays.
std::string_view without_long_number(std::string_view name) {
  const std::string_view shorter = before_number(name, 3);
  if (shorter.size() < name.size()) return shorter;
  const std::string_view outer = before_number(name, 1), inner = before_number(outer, 3);
  return inner.size() < outer.size() ? inner : name;
}

// Words without digits, then numbers of two digits at most.
bool is_small(std::string_view name) {
  for (std::string_view next = before_number(name, 1); next.size() < name.size(); next = before_number(name, 1)) {
    if (name.size() - next.size() > 3) return false;
    name = next;
  }
  return std::none_of(name.begin(), name.end(), [](unsigned char c) { return is_digit(c); });
}

}  // namespace

std::optional<std::string> auto_prefix(const std::string &name, const std::string &factory) {
  std::string prefix = factory;
  std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (prefix.empty()) return std::nullopt;
  if (is_digit(static_cast<unsigned char>(prefix.back()))) prefix += '-';
  if (name.compare(0, prefix.size(), prefix) != 0 || !all_digits(std::string_view(name).substr(prefix.size())))
    return std::nullopt;
  return prefix;
}

std::string safe_name(std::string_view name) {
  std::u32string safe = without(decoded(name), uri_end, U"(uri)");
  safe = without(safe, pointer_end, U"(pointer)");
  safe = without(safe, number_end, U"(number)");
  safe = without(safe, unseen_end, U" ");
  return encoded(shortened(std::move(safe), kMostNameUnits));
}

std::string pad_label(const std::string &name, const std::string &pad_template) {
  return safe_name(pad_template.find('%') != std::string::npos ? pad_template : name);
}

std::string numbered_pad_label(const std::string &name, const std::string &pad_template) {
  const std::string_view shown = without_long_number(name);
  return is_small(shown) ? safe_name(shown) : pad_label(std::string(shown), pad_template);
}

std::string label_value(std::string_view value) {
  std::u32string text = shortened(decoded(value), kMostValueUnits);
  for (char32_t &c : text)
    if (is_unseen(c)) c = kReplacement;
  return encoded(text);
}

}  // namespace pyro::exposition
