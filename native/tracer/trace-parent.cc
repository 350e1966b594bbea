// Which texts are a traceparent?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/trace-parent.h"

namespace pyro::tracer {
namespace {

constexpr size_t kLength = 55;  // version 00; later ones may go on behind another dash
constexpr const char *kHex = "0123456789abcdef";

bool is_hex(const std::string &text, size_t from, size_t count) {
  return text.find_first_not_of(kHex, from) >= from + count;
}

bool is_zero(const std::string &text, size_t from, size_t count) {
  return text.find_first_not_of('0', from) >= from + count;
}

}  // namespace

TraceParent trace_parent(const std::string &text) {
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return TraceParent::kNone;
  if (!is_hex(text, 0, 2) || !is_hex(text, 3, 32) || !is_hex(text, 36, 16)) return TraceParent::kNone;
  if (text.substr(53, 2).find_first_not_of(kHex) != std::string::npos) return TraceParent::kNone;
  const std::string version = text.substr(0, 2);
  if (version == "ff" || (version == "00" && text.size() != kLength)) return TraceParent::kNone;
  if (text.size() > kLength && text[kLength] != '-') return TraceParent::kNone;
  if (is_zero(text, 3, 32) || is_zero(text, 36, 16)) return TraceParent::kNone;
  const char last = text[54];
  const int flags = last <= '9' ? last - '0' : last - 'a' + 10;
  return flags & 1 ? TraceParent::kSampled : TraceParent::kUnsampled;
}

}  // namespace pyro::tracer
