// Which parts of a command line are nobody else's business? TABLE: what sounds secret.
//
// Passes over one text, each hiding one kind; a later pass sees "***" and leaves it. All are linear.
// SPDX-License-Identifier: MPL-2.0
#include "process/redact.h"

#include <ctype.h>

#include <algorithm>

namespace pyro::process {
namespace {

constexpr std::string_view kHidden = "***";

// Anywhere in a key: secret.
constexpr std::string_view kTelling[] = {"password", "passwd",     "passphrase", "secret", "token",    "apikey",
                                         "api-key",  "credential", "streamkey",  "jwt",    "authoriz", "cookie"};
// As its last word (words are parted by - _ . and capitals): secret. "key-int-max" is none, "stream-key" is one.
constexpr std::string_view kLastWord[] = {"key", "pass", "pwd",  "pw",    "auth",     "signature", "sig",  "pin",
                                          "sid", "psk",  "salt", "nonce", "streamid", "hdnts",     "hdnea"};
constexpr std::string_view kSchemesOfAuth[] = {"bearer ", "basic ", "digest "};

bool is_key_char(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.'; }
bool ends_url(char c) {
  return isspace(static_cast<unsigned char>(c)) || c == '"' || c == '\'' || c == '<' || c == '>' || c == 0;
}
bool ends_value(char c) {
  return ends_url(c) || c == '&' || c == ';' || c == ',' || c == '#' || c == '!' || c == ')' || c == '}' || c == ']';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char &c : result) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view last_word(std::string_view key) {
  size_t at = key.size();
  while (at > 0 && isalnum(static_cast<unsigned char>(key[at - 1]))) {
    at--;
    const bool capital = isupper(static_cast<unsigned char>(key[at]));
    if (capital && at > 0 && islower(static_cast<unsigned char>(key[at - 1]))) break;
  }
  return key.substr(at);
}

bool sounds_secret(std::string_view key) {
  if (key.empty()) return false;
  const std::string whole = lower(key);
  const std::string last = lower(last_word(key));
  return std::any_of(std::begin(kTelling), std::end(kTelling),
                     [&](auto word) { return whole.find(word) != std::string::npos; }) ||
         std::any_of(std::begin(kLastWord), std::end(kLastWord), [&](auto word) { return last == word; });
}

// user:password@host, token@host. A password may hold "/" and "@" although it should not.
size_t end_of_userinfo(std::string_view url) {  // from behind "://"; npos = none
  const size_t path = std::min(url.find_first_of("/?#"), url.size());
  const size_t inside = url.substr(0, path).rfind('@');
  if (inside != std::string_view::npos) return inside;
  const size_t colon = url.substr(0, path).find(':');
  const bool port =
      colon == std::string_view::npos || colon + 1 >= path || isdigit(static_cast<unsigned char>(url[colon + 1]));
  return port ? std::string_view::npos : url.substr(0, std::min(url.find('?'), url.size())).rfind('@');
}

// The last part of an RTMP path, when there is an application before it, is the right to publish.
std::string hide_stream_key(std::string_view rest) {
  const size_t query = std::min(rest.find_first_of("?#"), rest.size());
  const std::string_view path = rest.substr(0, query);
  const size_t first = path.find('/');
  const size_t last = path.rfind('/');
  if (first == std::string_view::npos || last == first || last + 1 >= path.size()) return std::string(rest);
  return std::string(rest.substr(0, last + 1)) + std::string(kHidden) + std::string(rest.substr(query));
}

std::string hide_in_urls(std::string_view text) {
  std::string result;
  size_t at = 0;
  for (size_t mark; (mark = text.find("://", at)) != std::string_view::npos;) {
    size_t scheme = mark;
    while (scheme > at && isalnum(static_cast<unsigned char>(text[scheme - 1]))) scheme--;
    size_t end = mark + 3;
    while (end < text.size() && !ends_url(text[end])) end++;
    std::string rest(text.substr(mark + 3, end - mark - 3));
    if (const size_t user = end_of_userinfo(rest); user != std::string::npos) rest.replace(0, user, kHidden);
    if (lower(text.substr(scheme, 4)) == "rtmp") rest = hide_stream_key(rest);
    result += text.substr(at, mark + 3 - at);
    result += rest;
    at = end;
  }
  return result += text.substr(at);
}

// Where a value that begins at `from` ends. Quoted ones end with their quote; "(string)" in front is part of it.
size_t end_of_value(std::string_view text, size_t from) {
  if (from < text.size() && text[from] == '(') {
    const size_t close = text.find(')', from);
    if (close != std::string_view::npos) from = close + 1;
  }
  if (from < text.size() && text[from] == '\\') from++;  // \"…\" inside a quoted argument
  if (from < text.size() && (text[from] == '"' || text[from] == '\'')) {
    const size_t quote = text.find(text[from], from + 1);
    return quote == std::string_view::npos ? text.size() : quote + 1;
  }
  while (from < text.size() && !ends_value(text[from])) from++;
  return from;
}

// key=value and "Header: value"; a blank may stand around "=" as gst-launch allows.
std::string hide_values(std::string_view text) {
  std::string result;
  size_t at = 0;
  for (size_t sign; (sign = text.find_first_of("=:", at)) != std::string_view::npos;) {
    size_t end = sign;
    while (end > at && (text[end - 1] == ' ' || text[end - 1] == '"' || text[end - 1] == '\'')) end--;
    size_t begin = end;
    while (begin > at && is_key_char(text[begin - 1])) begin--;
    size_t value = sign + 1;
    while (value < text.size() && text[value] == ' ') value++;
    const bool secret = sounds_secret(text.substr(begin, end - begin)) && text.substr(value, 2) != "//";
    const size_t value_end = secret ? end_of_value(text, value) : value;  // looked for only then: all stays linear
    const bool hide = value_end > value;
    result += text.substr(at, value - at);
    if (hide) result += kHidden;
    at = hide ? value_end : value;
  }
  return result += text.substr(at);
}

// "Bearer xyz" wherever it stands, also behind a key that was hidden up to the blank.
std::string hide_credentials(std::string_view text) {
  std::string result;
  const std::string small = lower(text);
  for (size_t at = 0; at < text.size();) {
    size_t skip = 0;
    const bool word_begins = at == 0 || !isalnum(static_cast<unsigned char>(text[at - 1]));
    for (std::string_view scheme : kSchemesOfAuth)
      if (word_begins && small.compare(at, scheme.size(), scheme) == 0) skip = scheme.size();
    if (word_begins && text.substr(at, 3) == "eyJ") skip = size_t(-1);  // a JSON web token begins so: {"
    if (skip == 0) {
      result += text[at++];
      continue;
    }
    if (skip != size_t(-1)) {
      result += text.substr(at, skip);
      at += skip;
    }
    while (at < text.size() && !ends_value(text[at])) at++;
    result += kHidden;
  }
  return result;
}

std::string quoted(const std::string &argument) {
  if (!argument.empty() && argument.find_first_of(" \t\n'\"") == std::string::npos) return argument;
  std::string result = "'";
  for (char c : argument) result += c == '\'' ? std::string("'\\''") : std::string(1, c == '\n' ? ' ' : c);
  return result + "'";
}

}  // namespace

std::string redact(std::string_view text) { return hide_values(hide_credentials(hide_in_urls(text))); }

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
                sounds_secret(std::string_view(argument).substr(dashes));
  }
  if (result.size() <= limit) return result;
  size_t cut = limit > 3 ? limit - 3 : 0;
  while (cut > 0 && (static_cast<unsigned char>(result[cut]) & 0xc0) == 0x80) cut--;
  return result.substr(0, cut) + "…";
}

}  // namespace pyro::process
