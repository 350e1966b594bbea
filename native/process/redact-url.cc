// Which parts of a URL can carry a credential? User, unusual parts of the path, the query, the fragment.
// SPDX-License-Identifier: MPL-2.0
#include <algorithm>

#include "process/redact-places.h"
#include "process/redact-words.inc"

namespace pyro::process {
namespace {

constexpr size_t kReach = 80;  // so far behind a blank may the "@" stand of a password that holds one
constexpr size_t kLongestHost = 300;

std::string_view host_of(std::string_view rest) {
  return rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
}

bool is_host(std::string_view host) {
  size_t end = 0;
  if (any_of("[", host, 0)) {
    end = host.find_first_not_of("0123456789ABCDEFabcdef:.%", 1);
    if (end == kNone || host[end] != ']') return false;
    end++;
  } else {
    end = word_end(host, 0);
  }
  if (end == host.size()) return true;
  return host[end] == ':' && host.size() - end <= 6 && host.find_first_not_of("0123456789", end + 1) == kNone;
}

// h/x?token=a@b: is "b" the end of a secret, or the host behind a password that holds a slash?
bool is_ambiguous(std::string_view before) {
  const std::string_view host = host_of(before);
  return host.size() < before.size() && is_host(host.substr(host.rfind('@') + 1));  // kNone + 1 = 0
}

// Place of the "@" behind user and password, which may hold any sign at all; kNone = there is none.
size_t end_of_user(Places &places, size_t at, size_t begin, size_t end) {
  const char quote = places.quote_before(at);
  const bool first = places.is_first_url(at);
  const size_t whole = quote ? places.next(quote, begin) : first ? places.text.size() : end;
  const size_t limit = whole > end && places.next('/', begin) < whole ? end : whole;
  const size_t inside = places.last_at(begin, limit);
  if (inside != kNone && inside >= begin) return inside;
  const std::string_view host = host_of(places.text.substr(begin, std::min(end - begin, kLongestHost)));
  const size_t next = places.next('@', begin);
  const bool near = next < places.text.size() && next >= end && next - end < kReach && places.next('/', begin) > next;
  return near && !is_host(host) ? next : kNone;
}

// Behind an application of RTMP, "whip" or "whep" stands the right to publish.
std::string shown_path(std::string_view path, bool rtmp) {
  std::string result;
  std::string_view before;
  size_t parts = 0;
  for (size_t at = 0;; parts++) {
    const size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, slash - at);
    const bool last = slash == path.size();
    if ((rtmp && parts >= 2) || before == "whip" || before == "whep") {
      return part.empty() && last ? std::string(path) : result.append(kHidden);
    }
    result += plain_word(part) ? part : kHidden;
    if (last) return result;
    result += '/';
    before = plain_word(part) ? part : kHidden;
    at = slash + 1;
  }
}

std::string shown_part(std::string_view text) {
  const size_t sign = text.find('=');
  const std::string_view key = text.substr(0, std::min(sign, text.size()));
  const std::string_view value = sign == kNone ? "" : text.substr(sign + 1);
  if (text.empty()) return "";
  const std::string small = lower(key.substr(0, 100));
  const bool known = std::find(std::begin(words::kHarmlessQuery), std::end(words::kHarmlessQuery), small) !=
                     std::end(words::kHarmlessQuery);
  if (known && plain_word(value)) return std::string(text);
  const bool word = key.size() <= 16 && !key.empty() && key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_-") == kNone;
  const bool tells = sign != kNone && plain_word(key) && (known || word || key_kind(key) == KeyKind::kSecret);
  return tells ? std::string(key) + "=" + std::string(kHidden) : std::string(kHidden);
}

std::string shown_query(std::string_view query) {
  std::string result;
  for (size_t at = 0;;) {
    const size_t end = std::min(query.find_first_of("&;", at), query.size());
    result += shown_part(query.substr(at, end - at));
    if (end == query.size()) return result;
    result += query[end];
    at = end + 1;
  }
}

std::string shown_rest(std::string_view rest, bool rtmp) {
  const std::string_view host = host_of(rest);
  const size_t hash = std::min(rest.find('#', host.size()), rest.size());
  const size_t ask = std::min(rest.find('?', host.size()), hash);
  std::string result(host.size() < kLongestHost && is_host(host) ? host : kHidden);
  result += shown_path(rest.substr(host.size(), ask - host.size()), rtmp);
  if (ask < hash) result += "?" + shown_query(rest.substr(ask + 1, hash - ask - 1));
  if (hash < rest.size()) result += hash + 1 == rest.size() ? "#" : "#***";
  return result;
}

bool closes_address(std::string_view rest) {
  return rest.size() < 60 && rest.back() == ']' && rest.front() == '[' && rest.find(']') + 1 == rest.size();
}

}  // namespace

Step shown_url(Places &places, size_t at, size_t colon) {
  const std::string_view text = places.text;
  const std::string scheme = lower(text.substr(at, std::min<size_t>(colon - at, 30)));
  const size_t begin = colon + 3;
  size_t end = places.chunk_end(begin, places.quote_before(at));
  if (scheme == "file") return {std::string(text.substr(at, end - at)), end};
  const size_t user = end_of_user(places, at, begin, end);
  if (user != kNone && user >= end) end = places.chunk_end(user + 1, places.quote_before(at));
  if (user != kNone && is_ambiguous(text.substr(begin, user - begin)))
    return {std::string(text.substr(at, begin - at)).append(kHidden), end};
  const size_t from = user == kNone ? begin : user + 1;
  size_t stop = end;
  while (stop > from && any_of("\"'`>)]},;", text, stop - 1) && !closes_address(text.substr(from, stop - from))) stop--;
  std::string out(text.substr(at, begin - at));
  if (user != kNone) out += "***@";
  out += shown_rest(text.substr(from, stop - from), scheme.compare(0, 4, "rtmp") == 0);
  return {out += text.substr(stop, end - stop), end};
}

}  // namespace pyro::process
