// Which pushes become spans, and whose children are they?
//
// Decided once a chain, here, when a buffer enters the first pad of a thread: the low 56 bits of a random trace id
// against a threshold, so that every sampler of that kind further on decides alike. What the chain pushes from there
// on are its children, by depth; behind a queue it goes on in another thread with the context that its buffer carried.
// A slow push is kept whatever was decided, and what it is inside of with it, so that no span is without its parent.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "threads/thread-record.h"
#include "timing/trace-context.h"
#include "wire/segment.h"

namespace pyro::timing {

namespace detail {
inline std::atomic<bool> spans_wanted{false};
}  // namespace detail

// One load on the path of every buffer; all the rest only when spans are wanted.
inline bool spans_wanted() { return detail::spans_wanted.load(std::memory_order_relaxed); }
void want_spans(bool wanted);

// After enter() returned `depth`, which is not 0. `carried`: what the buffer brought out of a queue; nullptr = nothing.
void begin_span(threads::ThreadRecord &thread, wire::Segment &segment, uint32_t depth, uint64_t pts,
                const TraceContext *carried);
// Of the innermost span that this thread is inside of, for a buffer that goes into a queue.
TraceContext span_context(const threads::ThreadRecord &thread);

struct SpanEnd {
  const wire::Cell *cell;
  wire::SpanKind kind;
  wire::Flow flow;
  uint64_t buffers, bytes;
  uint64_t pts;  // of a pull, where it is known only now; all ones = as it began
};
// Before leave(), with the same depth.
void end_span(threads::ThreadRecord &thread, wire::Segment &segment, uint32_t depth, const SpanEnd &end);

}  // namespace pyro::timing
