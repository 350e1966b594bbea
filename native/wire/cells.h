// Where do counts and durations accumulate, one cell a hop, so that nothing is lost when a process dies?
//
// A cell belongs to one pair (receiving pad, sending pad) and kind (cell-table.h). Only the owner of the receiving
// pad's stream lock writes it, so a relaxed load and store is enough; the overflow cell is shared and uses fetch_add.
// The agent reads at any time: each word is whole, words among themselves may be one buffer apart.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "wire/grid.h"

namespace pyro::wire {

static_assert(std::atomic<uint64_t>::is_always_lock_free, "cells are shared between processes");

using Word = std::atomic<uint64_t>;

// Adds to a word that has one writer at a time (see above).
inline void bump(Word &word, uint64_t n) {
  word.store(word.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

struct Histogram {  // durations in nanoseconds; count = sum of buckets
  Word sum_ns;      // exact sum; may hold more than the buckets (nested calls add time, not a count)
  Word min_ns;      // smallest value + 1; 0 = none yet
  Word max_ns;
  Word bucket[kGridBuckets];

  void record(const Grid &grid, uint64_t ns) {
    bump(sum_ns, ns);
    bump(bucket[grid.index(ns)], 1);
    const uint64_t low = min_ns.load(std::memory_order_relaxed);
    if (__builtin_expect(ns < low - 1, 0)) min_ns.store(ns + 1, std::memory_order_relaxed);  // 0 - 1: any is less
    if (__builtin_expect(ns > max_ns.load(std::memory_order_relaxed), 0)) max_ns.store(ns, std::memory_order_relaxed);
  }
  // For several writers at once, signal handlers included.
  void record_shared(const Grid &grid, uint64_t ns) {
    sum_ns.fetch_add(ns, std::memory_order_relaxed);
    record_bucket_shared(grid, ns);
  }
  // The sum is kept by the caller.
  void record_bucket_shared(const Grid &grid, uint64_t ns) {
    bucket[grid.index(ns)].fetch_add(1, std::memory_order_relaxed);
    uint64_t low = min_ns.load(std::memory_order_relaxed);
    while ((low == 0 || ns + 1 < low) && !min_ns.compare_exchange_weak(low, ns + 1, std::memory_order_relaxed)) {
    }
    uint64_t high = max_ns.load(std::memory_order_relaxed);
    while (ns > high && !max_ns.compare_exchange_weak(high, ns, std::memory_order_relaxed)) {
    }
  }
};

// What the receiving function returned, by GstFlowReturn.
enum Flow : uint32_t {
  kFlowOk,
  kFlowEos,
  kFlowFlushing,
  kFlowNotLinked,
  kFlowNotNegotiated,
  kFlowError,
  kFlowNotSupported,
  kFlowOther,
  kFlowCount
};
inline constexpr const char *kFlowNames[] = {"ok",    "eos",           "flushing", "not-linked", "not-negotiated",
                                             "error", "not-supported", "other"};

// Of a pipeline's latency: below this share of its buffers, what matched may have matched by chance.
inline constexpr double kBelievedShare = 0.5;

enum CellKind : uint32_t {
  kCellChain = 1,
  kCellPull = 2,
  kCellOverflow = 3,
  // Time that `pad` spends between two calls of its thread: of a source, a queue's task, an aggregator, a demuxer that
  // pulls. `invocations` counts the gaps, `exclusive` has their times; the rest stays 0.
  kCellDriver = 4,
  // What went into a queue by `pad` and came out by `peer`: `buffers` and `inclusive` (residence) of those found again,
  // `invocations` of all that came out, and the three words at the end.
  kCellQueue = 5,
  // Calls of the event or query functions of `pad`, once they have taken a tenth of a millisecond: `invocations`, and
  // `exclusive`, whose sum has the calls before that, too. Several threads write.
  kCellEvent = 6,
  kCellQuery = 7,
  // From the source's pad `peer` to the sink's pad `pad`: `invocations` counts arrivals that were looked up, `buffers`
  // those that were found among what the source sent, `inclusive` has their times, `dropped` those without a time stamp
  // at either end. `level`: nanoseconds from the making of the pad that the source feeds to its first buffer;
  // `highest_level`: from there to the first buffer at the sink.
  kCellLatency = 8,
  // What the element of the source pad `pad` adds to the latency, as it says itself: `invocations` counts its answers,
  // `bytes` is 1 if live, `level` and `highest_level` are minimum and maximum in nanoseconds (all ones: no limit).
  kCellReported = 9,
  // Between a push through the source pad `pad` and the function of its peer: probes, events sent again, the stream
  // lock. `invocations`, `exclusive`. Only with the hooks engine, like the next one. Several threads write.
  kCellLink = 10,
  // State changes of the element with the id `pad`: `peer` is the state before it << 3 | the state after it.
  // `inclusive` holds those of its children, `exclusive` does not; `flow` counts failed ones as errors.
  kCellState = 11,
  // From a buffer's arrival in the element whose source pad is `peer` to a push through that pad: `inclusive`.
  kCellTransit = 12,
  kCellKindEnd
};

struct alignas(64) Cell {
  std::atomic<uint32_t> pad;   // directory id of the pad whose function is timed; 0 = free. Released last by claim.
  std::atomic<uint32_t> kind;  // CellKind
  std::atomic<uint32_t> peer;  // directory id of the pad at the other side; 0 = unknown
  // Exclusive time of the latest call, cut at 4.29 s; 0 = none yet.
  std::atomic<uint32_t> last_ns;
  Word start_unix_ns;  // wall clock when the cell was claimed; constant afterwards
  Word buffers;        // a list counts by its length
  Word bytes;
  Word invocations;  // functions really called, nested calls excluded
  Word nested;       // calls of a pad inside its own function
  Word flow[kFlowCount];
  Histogram inclusive;
  Histogram exclusive;
  Word dropped;        // of a queue: buffers that went in and never came out, flushed ones not counted
  Word level;          // of a queue: buffers inside when the latest one was taken, or put while none was taken
  Word highest_level;  // of a queue: most buffers inside, one that waits for room included
  Word flushed;        // of a queue: buffers inside, or on their way in, when it was flushed; atomic adds
  // Odd while it is emptied.
  std::atomic<uint32_t> generation;
};

inline constexpr uint32_t kCellCapacity = 512;  // 2.2 MB; only touched pages count for the target
inline constexpr uint32_t kOverflowCell = 0;    // exists from the start, kind kCellOverflow

struct Cells {
  std::atomic<uint32_t> used;   // cells [0, used) may be in use; released after claiming
  std::atomic<uint32_t> folds;  // odd while cells are emptied into `ended`: sums over both are not true meanwhile
  Cell cell[kCellCapacity];
  Cell ended[kCellKindEnd];  // by kind: what cells counted that were used again since
};

}  // namespace pyro::wire
