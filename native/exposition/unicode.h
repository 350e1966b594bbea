// How do bytes of the target become characters, the same ones that the agent's other half sees?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>

namespace pyro::exposition {

inline constexpr char32_t kReplacement = 0xfffd;

// What is no UTF-8 becomes U+FFFD, as many as V8 makes of it.
std::u32string decoded(std::string_view bytes);
std::string encoded(std::u32string_view text);

// At most `units` UTF-16 units, the last one "…" where something was cut; half a pair is U+FFFD.
std::u32string shortened(std::u32string text, size_t units);
// What JavaScript's \s matches.
bool is_blank(char32_t c);
// Controls, C1 too, and what turns or breaks a line unseen: marks of direction, separators, U+FEFF. UNSEEN of
// src/model/labels.ts, once more.
bool is_unseen(char32_t c);

}  // namespace pyro::exposition
