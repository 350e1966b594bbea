// Where do keys, words and values begin and end, and what do they say? Step by step as in src/redact.
// SPDX-License-Identifier: MPL-2.0
#include "process/redact-places.h"

#include <algorithm>

#include "process/redact-words.inc"

namespace pyro::process {
namespace {

constexpr size_t kLongestKey = 200;
constexpr std::string_view kNumberSigns = "./:x-";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_small(c) || is_capital(c); }

template <size_t N>
bool has(const std::string_view (&list)[N], std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

// Words are parted by - _ . and capitals: "streamKey", "STREAM_KEY".
std::string_view last_word(std::string_view key) {
  size_t capitals = key.size();
  while (capitals > 0 && (is_digit(key[capitals - 1]) || is_capital(key[capitals - 1]))) capitals--;
  size_t at = key.size();
  while (at > 0 && (is_digit(key[at - 1]) || is_small(key[at - 1]))) at--;
  if (at > 0 && is_capital(key[at - 1])) at--;
  return key.substr(std::min(capitals, at));
}

bool is_number(std::string_view value) {
  if (value.empty() || value.size() > 20) return false;
  size_t at = value[0] == '+' || value[0] == '-' ? 1 : 0;
  if (at >= value.size() || !is_digit(value[at])) return false;
  while (at < value.size() && (is_digit(value[at]) || kNumberSigns.find(value[at]) != kNone)) at++;
  if (value.substr(at) == "%") return true;
  return value.size() - at <= 3 && std::all_of(value.begin() + static_cast<long>(at), value.end(), is_letter);
}

// Is the value over? A comma ends it only when another key follows.
bool ends_here(std::string_view text, size_t end, char quote) {
  if (end >= text.size() || is_blank(text[end]) || (quote != 0 && text[end] == quote)) return true;
  if (any_of(")]}>\"'", text, end)) return end + 1 >= text.size() || is_blank(text[end + 1]);
  if (!any_of(",;", text, end)) return false;
  size_t key = end + 1;
  while (key - end < 4 && any_of(" ", text, key)) key++;
  size_t at = key;
  while (at - key < 64 && at < text.size() && is_word(text[at])) at++;
  return at > key && any_of("=", text, at);
}

}  // namespace

bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool any_of(std::string_view set, std::string_view text, size_t at) {
  return at < text.size() && set.find(text[at]) != kNone;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char &c : result)
    if (is_capital(c)) c = static_cast<char>(c - 'A' + 'a');
  return result;
}

size_t word_end(std::string_view text, size_t from) {
  while (from < text.size() && is_word(text[from])) from++;
  return from;
}

KeyKind key_kind(std::string_view written) {
  if (written.size() > kLongestKey) return KeyKind::kSecret;
  const std::string_view key = written.substr(std::min(written.find_first_not_of('-'), written.size()));
  const std::string small = lower(key);
  if (small.empty()) return KeyKind::kUnknown;
  const auto inside = [&](std::string_view word) { return small.find(word) != kNone; };
  if (std::any_of(std::begin(words::kTelling), std::end(words::kTelling), inside)) return KeyKind::kSecret;
  std::string dashed = small;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  // Before the last word is looked at: "srtp-auth" names an algorithm.
  if (has(words::kHarmlessKey, dashed)) return KeyKind::kHarmless;
  if (has(words::kLastWord, lower(last_word(key)))) return KeyKind::kSecret;
  const auto begins = [&](std::string_view space) { return small.compare(0, space.size(), space) == 0; };
  const bool named = std::any_of(std::begin(words::kHarmlessNamespace), std::end(words::kHarmlessNamespace), begins);
  return named ? KeyKind::kHarmless : KeyKind::kUnknown;
}

bool starts_like_credential(std::string_view text) {
  return std::any_of(std::begin(words::kCredentialBegins), std::end(words::kCredentialBegins),
                     [&](auto begin) { return text.substr(0, begin.size()) == begin; });
}

bool plain_word(std::string_view word) {
  if (word.size() > 64) return false;
  const size_t tail = word.size() > 6 ? word.size() - 6 : 0;
  const size_t dot = word.substr(tail).rfind('.');
  const size_t stem = dot != kNone && dot > 0 ? tail + dot : word.size();  // "live.m3u8"
  size_t runs = 0, digits = 0, letters = 0;
  int before = -1;
  for (size_t at = 0; at < word.size(); at++) {
    if (!is_word(word[at])) return false;
    const int kind = is_digit(word[at]) ? 0 : !is_letter(word[at]) ? 1 : is_small(word[at]) ? 2 : 3;
    if (kind != before && at < stem) runs++;
    digits += kind == 0;
    letters += kind >= 2;
    before = kind;
  }
  if (starts_like_credential(word)) return false;
  return !(stem >= 20 && digits > 0 && letters > 0) && !(stem >= 8 && digits > 0 && runs * 2 >= stem);
}

size_t Places::next(char sign, size_t from) {
  Known &known = known_[static_cast<unsigned char>(sign) & 127];
  if (known.from <= from && from <= known.at) return known.at;
  size_t at = from;
  if (sign == ' ')
    while (at < text.size() && !is_blank(text[at])) at++;
  else
    at = sign == '/' ? text.find("://", from) : text.find(sign, from);
  known = {from, std::min(at, text.size())};
  return known.at;
}

size_t Places::chunk_end(size_t from, char quote) {
  return quote == 0 ? next(' ', from) : std::min(next(quote, from), next(' ', from));
}

size_t Places::line_end(size_t from, char quote) {
  return std::min(next('\n', from), quote == 0 ? text.size() : next(quote, from));
}

size_t Places::last_at(size_t from, size_t end) {
  if (next('@', from) >= end) return kNone;
  if (last_at_end_ != end) {
    last_at_end_ = end;
    last_at_ = text.substr(0, end).rfind('@');
  }
  return last_at_;
}

char Places::quote_before(size_t at) const { return at > 0 && is_quote(text[at - 1]) ? text[at - 1] : '\0'; }

std::string_view Places::quote_at(size_t at) const {
  const size_t length = any_of("\\", text, at) ? 2 : 1;
  return at + length <= text.size() && is_quote(text[at + length - 1]) ? text.substr(at, length) : "";
}

bool Places::chunk_begins(size_t at) const {
  return at == 0 || is_blank(text[at - 1]) || is_quote(text[at - 1]) || any_of("=,(<[{", text, at - 1);
}

size_t Places::skip_blanks(size_t from) const {
  while (any_of(" \t", text, from)) from++;
  return from;
}

bool Places::url_begins(size_t at) const {
  const size_t from = at < text.size() && is_quote(text[at]) ? at + 1 : at;
  size_t end = from;
  while (end - from < 24 && end < text.size() && is_word(text[end])) end++;
  return end > from && text.substr(end, 3) == "://";
}

bool Places::is_first_url(size_t at) {
  const bool first = first_ && (at == 0 || next(' ', 0) >= at);
  first_ = false;
  return first;
}

size_t value_end(std::string_view text, size_t from, char enclosing, bool stop_at_quote) {
  std::string_view quote;
  size_t depth = 0, closed = kNone;
  // A quote that began nothing in the value stands around more than it.
  const auto over = [&](size_t at) {
    const bool around = at > from + 1 && at - 1 != closed && is_quote(text[at - 1]) && text[at - 2] != '\\';
    return around ? at - 1 : at;
  };
  for (size_t at = from; at < text.size(); at++) {
    const bool escaped = text[at] == '\\' && at + 1 < text.size() && is_quote(text[at + 1]);
    const std::string_view sign = text.substr(at, escaped ? 2 : 1);
    const bool begins = at == from || any_of("=,(<[{) ", text, at - 1);
    const bool closes = !quote.empty() && sign == quote;
    if (quote.empty() && depth == 0 && !escaped && enclosing && sign[0] == enclosing) return at;
    if (quote.empty() && depth == 0 && is_blank(sign[0])) return over(at);
    if (closes) {
      quote = {};
      closed = escaped ? at + 1 : at;
    } else if (!quote.empty()) {
    } else if (begins && is_quote(sign.back())) {
      quote = sign;
    } else if (begins && any_of("(<[{", sign, 0)) {
      depth++;
    } else if (depth > 0 && any_of(")>]}", sign, 0)) {
      depth--;
    }
    if (escaped) at++;
    if (closes && stop_at_quote && depth == 0) return at + 1;
  }
  return quote.empty() && depth == 0 ? over(text.size()) : text.size();
}

size_t harmless_value_end(const Places &places, size_t from, char quote) {
  const std::string_view text = places.text;
  const size_t typed = any_of("(", text, from) ? word_end(text, from + 1) : kNone;
  const size_t start = any_of(")", text, typed) ? typed + 1 : from;
  size_t end = start;
  while (end - start < 256 && end < text.size() && (is_word(text[end]) || any_of("/:%+~", text, end))) end++;
  const std::string_view value = text.substr(start, end - start);
  const bool path =
      value.find(':') == kNone && std::any_of(std::begin(words::kPathRoot), std::end(words::kPathRoot),
                                              [&](auto root) { return value.substr(0, root.size()) == root; });
  const bool fits = is_number(value) || has(words::kHarmlessValue, lower(value)) || path;
  return fits && ends_here(text, end, quote) ? end : from;
}

}  // namespace pyro::process
