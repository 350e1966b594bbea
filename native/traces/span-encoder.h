// How do the spans of a ring become parts of an export and lines of a capture, many at a time?
//
// In two steps, between which the agent is asked what the hops and threads of these spans are called: names and their
// rules are its business. What the ring held may be lies; here it is only written down.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "traces/span-facts.h"
#include "traces/span-names.h"
#include "wire/reader.h"

namespace pyro::traces {

struct EncodedSpans {
  std::string fields;          // one behind the other: see put_span
  std::vector<uint32_t> ends;  // where each of them ends
  std::string lines;           // one each, where they are wanted
};

class SpanEncoder {
 public:
  // Takes over at most so many, oldest first; what was taken before and not encoded is gone. How many there were.
  uint32_t take(wire::Reader &reader, uint32_t most);
  // The same of spans that were read already.
  uint32_t take(std::vector<wire::Span> spans);
  // Of what was taken.
  SpanNames &names() { return names_; }
  // Writes what was taken; valid until the next call of this encoder.
  const EncodedSpans &encode(const SpanFacts &facts, bool lines);
  // What the last call of encode() wrote; nothing once others were taken.
  const EncodedSpans &encoded() const { return encoded_; }

 private:
  void forget_encoded();

  // What very long names or a burst made large is given back.
  static constexpr size_t kBytesKept = 4 << 20;

  std::vector<wire::Span> spans_;
  SpanNames names_;
  EncodedSpans encoded_;
};

}  // namespace pyro::traces
