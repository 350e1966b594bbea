// What is kept from one look at the ring to the next? Names, and the room that the last one needed.
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-encoder.h"

#include "traces/span-line.h"
#include "traces/span-message.h"

namespace pyro::traces {
namespace {

// Ends are 32 bits wide; spans of one call with more bytes than that cannot be, for names are bounded.
template <typename Container>
void reuse(Container &container, size_t bytes_kept) {
  container.clear();
  if (container.capacity() * sizeof(typename Container::value_type) > bytes_kept) Container().swap(container);
}

}  // namespace

uint32_t SpanEncoder::take(wire::Reader &reader, uint32_t most) {
  reuse(spans_, kBytesKept);
  forget_encoded();
  reader.drain_spans(most, &spans_);
  names_.begin(spans_);
  return static_cast<uint32_t>(spans_.size());
}

uint32_t SpanEncoder::take(std::vector<wire::Span> spans) {
  spans_ = std::move(spans);
  forget_encoded();
  names_.begin(spans_);
  return static_cast<uint32_t>(spans_.size());
}

const EncodedSpans &SpanEncoder::encode(const SpanFacts &facts, bool lines) {
  forget_encoded();
  for (const wire::Span &span : spans_) {
    put_span(encoded_.fields, span, facts, names_);
    encoded_.ends.push_back(static_cast<uint32_t>(encoded_.fields.size()));
    if (lines) put_line(encoded_.lines, span, facts, names_);
  }
  spans_.clear();
  return encoded_;
}

void SpanEncoder::forget_encoded() {
  reuse(encoded_.fields, kBytesKept);
  reuse(encoded_.ends, kBytesKept);
  reuse(encoded_.lines, kBytesKept);
}

}  // namespace pyro::traces
