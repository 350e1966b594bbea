// How is UTF-8 read that may be none?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/unicode.h"

namespace pyro::exposition {
namespace {

int bytes_behind(unsigned lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if ((lead & 0xf0) == 0xe0) return 2;
  return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

// The WHATWG decoder: a sequence that breaks off is one U+FFFD, and what broke it is looked at again.
char32_t next(std::string_view bytes, size_t &at) {
  const unsigned lead = static_cast<unsigned char>(bytes[at++]);
  if (lead < 0x80) return lead;
  const int more = bytes_behind(lead);
  if (more == 0) return kReplacement;
  unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  char32_t c = lead & (0x3fu >> more);
  for (int i = 0; i < more; i++) {
    const unsigned byte = at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
    if (byte < low || byte > high) return kReplacement;
    c = c << 6 | (byte & 0x3f);
    at++;
    low = 0x80;
    high = 0xbf;
  }
  return c;
}

void append(std::string &out, char32_t c) {
  const auto tail = [&out, c](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

size_t units_of(char32_t c) { return c < 0x10000 ? 1 : 2; }

}  // namespace

std::u32string decoded(std::string_view bytes) {
  std::u32string text;
  text.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size();) text += next(bytes, at);
  return text;
}

std::string encoded(std::u32string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t c : text) append(bytes, c);
  return bytes;
}

std::u32string shortened(std::u32string text, size_t units) {
  size_t total = 0;
  for (const char32_t c : text) total += units_of(c);
  if (total <= units) return text;
  std::u32string cut;
  size_t left = units - 1;  // for "…"
  for (size_t i = 0; left > 0; i++) {
    const size_t wanted = units_of(text[i]);
    cut += wanted <= left ? text[i] : kReplacement;
    left -= wanted <= left ? wanted : left;
  }
  return cut + U'…';
}

bool is_blank(char32_t c) {
  if (c == ' ' || (c >= '\t' && c <= '\r')) return true;
  for (const char32_t blank : {0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff})
    if (c == blank) return true;
  return c >= 0x2000 && c <= 0x200a;
}

bool is_unseen(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) return true;
  if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) return true;
  return c == 0x061c || c == 0x200e || c == 0x200f || c == 0xfeff;
}

}  // namespace pyro::exposition
