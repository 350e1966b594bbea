// How are spans chosen, nested and written?
// SPDX-License-Identifier: MPL-2.0
#include "timing/spans.h"

#include <sys/mman.h>
#include <sys/random.h>

#include "clock/clock.h"
#include "timing/slow-push.h"

namespace pyro::timing {
namespace {

constexpr uint64_t kLow56 = wire::kSpanNever - 1;
constexpr uint64_t kSecond = 1000000000;

struct Open {
  uint64_t id;
  uint64_t pts;
  uint32_t depth;
  bool kept;  // something slow is inside
};

// Of one thread; made when it enters its first pad with spans on.
struct ThreadSpans {
  uint64_t session;
  uint64_t random;
  TraceContext chain;  // its span: the parent of the outermost one, before a queue
  uint32_t count;
  SlowPads slow;
  Open open[threads::kMaxDepth];
};

// Spans written in the second that began at `second`, for the cap. Approximate where two threads meet.
std::atomic<uint64_t> cap_second{0}, cap_used{0};

uint64_t next_random(ThreadSpans &spans) {  // splitmix64 (Vigna): passes BigCrush, one multiplication chain
  uint64_t z = spans.random += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (z ^ (z >> 31)) | (z == 0);
}

ThreadSpans *make(threads::ThreadRecord &thread) {
  void *at = mmap(nullptr, sizeof(ThreadSpans), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  thread.spans = at;
  return static_cast<ThreadSpans *>(at);
}

// A new session, or another thread that got this record: nothing is open, and ids are drawn anew, in a forked child
// above all.
void start_afresh(ThreadSpans &spans, uint64_t session) {
  spans.session = session;
  spans.count = 0;
  if (getrandom(&spans.random, sizeof spans.random, GRND_NONBLOCK) != sizeof spans.random)
    spans.random = clock::now_ticks() ^ reinterpret_cast<uint64_t>(&spans);
}

bool below_cap(wire::Segment &segment) {
  const uint32_t cap = segment.control.span_cap.load(std::memory_order_relaxed);
  if (cap == 0) return true;
  const uint64_t second = clock::monotonic_ns() / kSecond;
  if (cap_second.exchange(second, std::memory_order_relaxed) != second) cap_used.store(0, std::memory_order_relaxed);
  if (cap_used.load(std::memory_order_relaxed) < cap) return true;
  segment.counters.add(wire::kSpanCapped);
  return false;
}

void start_chain(ThreadSpans &spans, wire::Segment &segment, const TraceContext *carried) {
  if (carried) {
    spans.chain = *carried;
    if (!carried->sampled) spans.chain.span = 0;  // it was not written, unless it was slow
    return;
  }
  spans.chain = {next_random(spans), next_random(spans), 0, false};
  const uint64_t threshold = segment.control.span_threshold.load(std::memory_order_relaxed);
  spans.chain.sampled = (spans.chain.low & kLow56) >= threshold && below_cap(segment);
}

bool calls_itself(const threads::ThreadRecord &thread, uint32_t depth) {
  if (depth < 2) return false;
  const threads::Frame &own = thread.frames[depth - 1], &outer = thread.frames[depth - 2];
  return own.key == outer.key && own.kind == outer.kind;
}

ThreadSpans *of(const threads::ThreadRecord &thread) {
  auto *spans = static_cast<ThreadSpans *>(thread.spans);
  return spans && spans->session == thread.session ? spans : nullptr;
}

void write(wire::Segment &segment, const wire::Span &span) {
  wire::SpanRing *ring = segment.spans();
  if (!ring) return;
  const bool written = wire::write_span(*ring, span);
  segment.counters.add(written ? wire::kSpansWritten : wire::kSpanRingFull);
  if (segment.control.span_cap.load(std::memory_order_relaxed) > 0) cap_used.fetch_add(1, std::memory_order_relaxed);
}

uint8_t flags_of(const ThreadSpans &spans, const wire::Segment &segment) {
  uint8_t flags = spans.chain.sampled ? 0 : wire::kSpanSlow;
  if (spans.count == 0 && spans.chain.span != 0) flags |= wire::kSpanRemote;
  if (segment.control.span_cap.load(std::memory_order_relaxed) > 0) flags |= wire::kSpanUnderCap;
  return flags;
}

}  // namespace

void want_spans(bool wanted) { detail::spans_wanted.store(wanted, std::memory_order_relaxed); }

void begin_span(threads::ThreadRecord &thread, wire::Segment &segment, uint32_t depth, uint64_t pts,
                const TraceContext *carried) {
  auto *spans = static_cast<ThreadSpans *>(thread.spans);
  if (!spans && !(spans = make(thread))) return;
  if (spans->session != thread.session || depth == 1) {
    if (spans->session != thread.session) start_afresh(*spans, thread.session);
    spans->count = 0;
  }
  while (spans->count > 0 && spans->open[spans->count - 1].depth >= depth) spans->count--;
  if (calls_itself(thread, depth)) return;
  if (spans->count == 0) start_chain(*spans, segment, carried && *carried ? carried : nullptr);
  Open &open = spans->open[spans->count++];
  open = {next_random(*spans), pts, depth, false};
  thread.span.store(spans->chain.sampled ? open.id : 0, std::memory_order_relaxed);
}

TraceContext span_context(const threads::ThreadRecord &thread) {
  const ThreadSpans *spans = of(thread);
  if (!spans || spans->count == 0) return {};
  return {spans->chain.high, spans->chain.low, spans->open[spans->count - 1].id, spans->chain.sampled};
}

void end_span(threads::ThreadRecord &thread, wire::Segment &segment, uint32_t depth, const SpanEnd &end) {
  ThreadSpans *spans = of(thread);
  if (!spans) return;
  while (spans->count > 0 && spans->open[spans->count - 1].depth > depth) spans->count--;
  if (spans->count == 0 || spans->open[spans->count - 1].depth != depth) return;
  const Open own = spans->open[--spans->count];
  Open *outer = spans->count > 0 ? &spans->open[spans->count - 1] : nullptr;
  thread.span.store(outer && spans->chain.sampled ? outer->id : 0, std::memory_order_relaxed);
  const uint64_t begin = thread.frames[depth - 1].start, now = clock::now_ticks();
  const uint64_t duration = now > begin ? clock::ticks_to_ns(now - begin) : 0;
  if (!spans->chain.sampled) {
    if (!own.kept && !is_slow(spans->slow, segment, end.cell, duration)) return;
    if (outer) outer->kept = true;
  }
  wire::Span span{};
  span.trace_high = spans->chain.high;
  span.trace_low = spans->chain.low;
  span.id = own.id;
  span.parent = outer ? outer->id : spans->chain.span;
  span.start_ns = clock::monotonic_at(begin);
  span.duration_ns = duration;
  span.pts = end.pts != ~uint64_t{0} ? end.pts : own.pts;
  span.bytes = end.bytes;
  span.pad = end.cell ? end.cell->pad.load(std::memory_order_relaxed) : 0;
  span.peer = end.cell ? end.cell->peer.load(std::memory_order_relaxed) : 0;
  span.thread = thread.name.load(std::memory_order_relaxed);
  span.tid = static_cast<uint32_t>(thread.tid.load(std::memory_order_relaxed));
  span.buffers = static_cast<uint32_t>(end.buffers);
  span.kind = end.kind;
  span.flow = static_cast<uint8_t>(end.flow);
  span.flags = flags_of(*spans, segment);
  write(segment, span);
}

}  // namespace pyro::timing
