// Where does a value begin and end in a text? Each place is looked for once, so that all stays linear.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>

namespace pyro::process {

constexpr std::string_view kHidden = "***";
constexpr size_t kNone = std::string_view::npos;

enum class KeyKind { kSecret, kHarmless, kUnknown };

bool is_word(char c);  // letters, digits, "-", ".", "_"
bool is_blank(char c);
bool is_quote(char c);
bool any_of(std::string_view set, std::string_view text, size_t at);  // is text[at] there and one of them?
std::string lower(std::string_view text);
size_t word_end(std::string_view text, size_t from);

KeyKind key_kind(std::string_view written);
bool starts_like_credential(std::string_view text);
// Letters, digits, "-", ".", "_" that a person may have chosen: not long and mixed, not changing all the time.
bool plain_word(std::string_view word);

class Places {
 public:
  explicit Places(std::string_view all) : text(all) {}
  const std::string_view text;

  // First place at or after `from`, or the end.
  size_t next(char sign, size_t from);  // '/' stands for "://", ' ' for any blank
  size_t chunk_end(size_t from, char quote);
  size_t line_end(size_t from, char quote);
  size_t last_at(size_t from, size_t end);  // the last "@" between, or kNone
  char quote_before(size_t at) const;       // 0 = none
  std::string_view quote_at(size_t at) const;
  bool chunk_begins(size_t at) const;
  size_t skip_blanks(size_t from) const;
  bool url_begins(size_t at) const;
  // A text that begins with a URL, or with key=URL: a password may hold blanks there.
  bool is_first_url(size_t at);

 private:
  struct Known {
    size_t from = 1, at = 0;
  };
  Known known_[128];
  size_t last_at_end_ = kNone, last_at_ = kNone;
  bool first_ = true;
};

// Behind a secret: at a blank outside quotes and brackets, or at the quote that stands around key and value, or around
// more than those.
size_t value_end(std::string_view text, size_t from, char enclosing, bool stop_at_quote);
// End of a number, a truth value, a path: what no credential looks like. `from` when it is none of these.
size_t harmless_value_end(const Places &places, size_t from, char quote);

// What to show next, and where to go on. at = kNone: nothing.
struct Step {
  std::string out;
  size_t at = kNone;
};
// scheme://… from `at`, the colon at `colon`.
Step shown_url(Places &places, size_t at, size_t colon);

}  // namespace pyro::process
