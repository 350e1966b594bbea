// Which segment does this process write to at this moment?
//
// One word says it, and that word lies in memory that every kind of fork wipes (process/fork.h owns the page): a child
// sees "none" and can neither write into its parent's segment, which it does not have mapped, nor believe it is
// sampled.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstdint>

#include "wire/segment.h"

namespace pyro::threads {

namespace detail {
inline std::atomic<void *> no_session{nullptr};
inline std::atomic<std::atomic<void *> *> live_word{&no_session};
inline std::atomic<uint64_t> session_number{0};
}  // namespace detail

// Set once, before anything is wrapped or sampled; `word` lives for ever.
inline void use_live_word(std::atomic<void *> &word) { detail::live_word.store(&word, std::memory_order_release); }

// The segment to write to; nullptr = record nothing. Signal-safe. Partner of go_live.
inline wire::Segment *live_segment() {
  return static_cast<wire::Segment *>(
      detail::live_word.load(std::memory_order_relaxed)->load(std::memory_order_acquire));
}

// Starts a new session on `segment`, or ends the present one with nullptr.
inline void go_live(wire::Segment *segment) {
  if (segment) detail::session_number.fetch_add(1, std::memory_order_relaxed);
  detail::live_word.load(std::memory_order_relaxed)->store(segment, std::memory_order_release);
}

// Number of the latest session, never 0 while one is live. What was resolved in another session is void.
// In the live session, if there is one. For what is rare: apart from the code of a buffer.
[[gnu::cold, gnu::noinline]] inline void count(wire::Counter which, uint64_t n = 1) {
  if (wire::Segment *segment = live_segment()) segment->counters.add(which, n);
}

inline uint64_t session_number() { return detail::session_number.load(std::memory_order_relaxed); }

}  // namespace pyro::threads
