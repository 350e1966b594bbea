// Are bytes read as V8 reads them, whatever they are?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/unicode.h"

#include <gtest/gtest.h>

#include <string>

namespace pyro::exposition {
namespace {

TEST(Unicode, what_is_utf8_comes_back_as_it_was) {
  for (const std::string text :
       {"", "plain", "K\xc3\xa4se", "\xe2\x82\xac", "\xf0\x9f\x8e\xa5 cam", "\xed\x9f\xbf\xee\x80\x80"})
    EXPECT_EQ(encoded(decoded(text)), text);
}

TEST(Unicode, what_is_none_becomes_as_many_replacements_as_a_browser_makes) {
  EXPECT_EQ(decoded("a\xff"
                    "b"),
            U"a\xfffd"
            U"b");
  EXPECT_EQ(decoded("\xe2\x82"), U"\xfffd");                            // broken off: one
  EXPECT_EQ(decoded("\xe2\x82x"), U"\xfffdx");                          // what broke it is read again
  EXPECT_EQ(decoded("\xc0\xaf"), U"\xfffd\xfffd");                      // longer than it need be
  EXPECT_EQ(decoded("\xed\xa0\x80"), U"\xfffd\xfffd\xfffd");            // half a pair
  EXPECT_EQ(decoded("\xf4\x90\x80\x80"), U"\xfffd\xfffd\xfffd\xfffd");  // beyond the last character
}

TEST(Unicode, a_text_is_cut_by_units_of_utf16_and_says_so) {
  EXPECT_EQ(shortened(U"four", 4), U"four");
  EXPECT_EQ(shortened(U"fives", 4), U"fiv…");
  EXPECT_EQ(shortened(U"\x1f3a5\x1f3a5", 4), U"\x1f3a5\x1f3a5");
  EXPECT_EQ(shortened(U"\x1f3a5\x1f3a5!", 4), U"\x1f3a5\xfffd…");  // half a pair
  EXPECT_EQ(shortened(U"xy", 1), U"…");
}

TEST(Unicode, nothing_that_turns_or_hides_text_is_seen) {
  for (const char32_t c : {0x00, 0x1f, 0x7f, 0x85, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069, 0xfeff})
    EXPECT_TRUE(is_unseen(c)) << static_cast<uint32_t>(c);
  for (const char32_t c : {0x20, 0x7e, 0xa0, 0xe4, 0x200d, 0x2027, 0x202f, 0x2070, 0x1f3a5})
    EXPECT_FALSE(is_unseen(c)) << static_cast<uint32_t>(c);
}

TEST(Unicode, blanks_are_those_of_a_regular_expression) {
  for (const char32_t c : {0x09, 0x0d, 0x20, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x202f, 0x3000, 0xfeff})
    EXPECT_TRUE(is_blank(c)) << static_cast<uint32_t>(c);
  for (const char32_t c : {0x08, 0x0e, 0x85, 0x180e, 0x200b, 0x41})
    EXPECT_FALSE(is_blank(c)) << static_cast<uint32_t>(c);
}

}  // namespace
}  // namespace pyro::exposition
