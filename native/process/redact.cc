// What of a text may be shown? A part that can carry a credential only if it is known to be harmless.
//
// The agent's half is src/redact/text.ts, step by step the same; one table of cases holds both.
// SPDX-License-Identifier: MPL-2.0
#include "process/redact.h"

#include <algorithm>

#include "process/redact-places.h"
#include "process/redact-words.inc"

namespace pyro::process {
namespace {

// key=value, "key": value, Key: value to the end of its line.
Step assignment(Places &places, size_t at, size_t end) {
  const std::string_view text = places.text;
  const char quote = places.quote_before(at);
  size_t sign = end;
  if (quote && any_of("\\", text, sign) && any_of({&quote, 1}, text, sign + 1)) sign++;
  const bool key_quoted = quote && any_of({&quote, 1}, text, sign);
  sign = places.skip_blanks(key_quoted ? sign + 1 : sign);
  const bool colon = any_of(":", text, sign);
  if (!colon && (!any_of("=", text, sign) || any_of("=", text, sign + 1))) return {};
  const KeyKind kind = key_kind(text.substr(at, end - at));
  if (colon && kind != KeyKind::kSecret) return {};
  const size_t value = places.skip_blanks(sign + 1);
  std::string shown(text.substr(at, value - at));
  if (kind == KeyKind::kHarmless || places.url_begins(value)) return {shown, value};
  const size_t until = kind == KeyKind::kUnknown ? harmless_value_end(places, value, quote) : 0;
  if (until > value) return {shown += text.substr(value, until - value), until};
  const size_t stop = colon && !key_quoted ? places.line_end(value, quote)
                                           : value_end(text, value, key_quoted ? '\0' : quote, key_quoted);
  if (stop == value) return {shown, value};
  const std::string_view around = key_quoted ? places.quote_at(value) : "";
  return {shown.append(around).append(kHidden).append(around), stop};
}

bool is_prose(std::string_view chunk) {
  const std::string_view word = chunk.substr(0, 40);
  const size_t letters = std::min(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), word.size());
  return letters > 0 && word.find_first_not_of(".,;:)", letters) == kNone;
}

// "Bearer xyz" wherever it stands, a JSON web token, a key that a provider marks.
Step credential(Places &places, size_t at, size_t end) {
  const std::string_view text = places.text;
  if (starts_like_credential(text.substr(at))) return {std::string(kHidden), end};
  const std::string small = lower(text.substr(at, std::min<size_t>(end - at, 11)));
  const bool scheme = std::any_of(std::begin(words::kAuthScheme), std::end(words::kAuthScheme),
                                  [&](auto known) { return small == known; });
  const size_t value = places.skip_blanks(end);
  if (!scheme || value == end) return {};
  const size_t stop = places.chunk_end(value, places.quote_before(at));
  if (stop == value || (small != "bearer" && is_prose(text.substr(value, stop - value)))) return {};
  return {std::string(text.substr(at, value - at)).append(kHidden), stop};
}

// user:password@host without "//"
Step user_before(Places &places, size_t at) {
  const std::string_view text = places.text;
  if (!places.chunk_begins(at) || is_blank(text[at]) || any_of("/.~@\"'`(<[{=,", text, at)) return {};
  const size_t sign = places.last_at(at, places.chunk_end(at, places.quote_before(at)));
  if (sign == kNone || sign <= at || plain_word(text.substr(at, sign - at))) return {};
  std::string out;
  for (std::string_view scheme : words::kSchemeWithoutSlashes)
    if (text.substr(at, scheme.size()) == scheme && any_of(":", text, at + scheme.size()))
      out = std::string(scheme) + ":";
  return {out.append(kHidden), sign};
}

Step next_step(Places &places, size_t at) {
  const std::string_view text = places.text;
  const size_t end = word_end(text, at);
  Step step;
  if (end > at && text.substr(end, 3) == "://") return shown_url(places, at, end);
  if (end > at) step = assignment(places, at, end);
  if (step.at == kNone && end > at) step = credential(places, at, end);
  if (step.at == kNone) step = user_before(places, at);
  if (step.at != kNone) return step;
  const size_t next = std::max(end, at + 1);
  return {std::string(text.substr(at, next - at)), next};
}

std::string quoted(const std::string &argument) {
  if (!argument.empty() && argument.find_first_of(" \t\n'\"") == std::string::npos) return argument;
  std::string result = "'";
  for (char c : argument) result += c == '\'' ? std::string("'\\''") : std::string(1, c == '\n' ? ' ' : c);
  return result + "'";
}

std::string once(std::string_view text) {
  Places places(text);
  std::string result;
  for (size_t at = 0; at < text.size();) {
    Step step = next_step(places, at);
    result += step.out;
    at = step.at;
  }
  return result;
}

constexpr int kMostPasses = 8;

}  // namespace

// Quotes without a partner may mean something else when a part is hidden: again, until nothing changes.
std::string redact(std::string_view text) {
  std::string before(text);
  for (int pass = 0; pass < kMostPasses; pass++) {
    std::string after = once(before);
    if (after == before) return after;
    before = std::move(after);
  }
  return std::string(kHidden);
}

std::string redact_name(std::string_view name) {
  const bool suspect = name.find("://") != kNone || name.find_first_of("@=?") != kNone;
  return suspect ? redact(name) : std::string(name);
}

std::string redact_attributes(std::string_view text) {
  std::string result;
  for (size_t at = 0;;) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string_view pair = text.substr(at, end - at);
    const size_t sign = std::min(pair.find('='), pair.size());
    const bool secret = key_kind(pair.substr(0, sign)) == KeyKind::kSecret;
    result += pair.substr(0, sign);
    if (sign < pair.size()) result += "=" + (secret ? std::string(kHidden) : redact(pair.substr(sign + 1)));
    if (end == text.size()) return result;
    result += ',';
    at = end + 1;
  }
}

std::string redact_command(const std::vector<std::string> &argv, size_t limit) {
  std::string result;
  bool hide_next = false;
  for (const std::string &argument : argv) {
    if (result.size() > limit) break;
    if (!result.empty()) result += ' ';
    const bool hide = hide_next && (argument.empty() || argument[0] != '-');
    result += hide ? std::string(kHidden) : quoted(redact(argument));
    const size_t dashes = argument.find_first_not_of('-');
    hide_next = dashes != 0 && dashes != std::string::npos && argument.find('=') == std::string::npos &&
                key_kind(argument) == KeyKind::kSecret;
  }
  if (result.size() <= limit) return result;
  size_t cut = limit > 3 ? limit - 3 : 0;
  while (cut > 0 && (static_cast<unsigned char>(result[cut]) & 0xc0) == 0x80) cut--;
  return result.substr(0, cut) + "…";
}

}  // namespace pyro::process
