// Who is this thread, and for which element does it work right now?
//
// One record per thread behind one initial-exec TLS pointer (8 bytes: larger blocks use up glibc's static TLS surplus
// and keep other plugins from loading). Records are never freed, only recycled after their thread is gone, so a handler
// may hold one at any time.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace pyro::threads {

inline constexpr uint32_t kMaxDepth = 512;    // nested pad functions of one thread
inline constexpr uint32_t kCacheSlots = 128;  // pairs: two keys that meet do not push each other out

// One pad function that this thread is inside of. Ticks are the clock's (clock/clock.h).
struct Frame {
  const void *key;    // what was entered: a pad
  uint32_t kind;      // as what (wire::CellKind)
  uint32_t element;   // published while inside
  void *cell;         // wire::Cell of the hop; nullptr = none
  uint64_t start;     // ticks
  uint64_t children;  // ticks spent in functions called from inside
};

// A cache of what was looked up by pad, two entries a place, the latest first; an entry counts only in the epoch it was
// filled in.
struct CacheEntry {
  const void *key;
  uint64_t epoch;
  void *value;
};

// A call that passed while nothing was recorded, as it will pass again (pads/wrap/passed-call.h).
struct Passed {
  const void *key;    // pad; nullptr = none
  uint64_t mark;      // when, and by which wrapper
  uint64_t function;  // the original
};
inline constexpr uint32_t kMaxPassed = 128;  // one after the other in one root call
inline const Passed kNonePassed{};

struct alignas(64) ThreadRecord {
  // All that the signal handler needs is in the first cache line: it comes when nothing is in any cache.
  // Written by this thread, like `element` the whole day, or by its handler only.
  std::atomic<uint32_t> element{0};  // directory id (wire::kElementDriver may be set); 0 = none
  uint32_t ring_hint = 0;
  uint64_t stack_from = 0;  // with the next: what is proven readable of the stack
  uint64_t stack_high = 0;
  // Written by the registering thread or the background thread, under the table's lock.
  std::atomic<uint64_t> period_ns{0};        // of the armed timer; 0 = not armed
  std::atomic<void *> frame_cache{nullptr};  // sampling's; stays with the record for its next thread
  std::atomic<pid_t> tid{0};                 // 0 = free
  std::atomic<uint32_t> name{0};             // directory id of the thread's name
  std::atomic<uint32_t> pusher{0};           // by its handler: who drives it, by the stacks seen so far; 0 = none yet
  std::atomic<uint8_t> pusher_changes{0};
  std::atomic<uint64_t> cpu_sampled_ns{0};  // handler, and who arms: its CPU clock at the last sample (perf's engine)
  std::atomic<uint64_t> booked_ns{
      0};  // CPU time since it was armed that is in samples, or counted; handler, background thread
  std::atomic<uint64_t> unseen_ns{0};  // part of it that the background thread booked while our signal was blocked
  std::atomic<uint64_t> span{0};       // innermost sampled span; 0 = none. Written by this thread
  std::atomic<uint32_t> number{0};     // which of the living threads of its name, from 0; background thread

  // Written by this thread.
  alignas(64) uint32_t depth = 0;
  uint32_t driver = 0;  // element that pushed into the last root frame
  uint32_t driver_changes = 0;
  uint64_t session = 0;     // the session that depth and element belong to
  uint64_t root_end = 0;    // ticks when the last root frame ended; 0 = none yet
  uint64_t push_begin = 0;  // ticks when the push began that leads to the next root frame; 0 = only hooks know
  void *spans = nullptr;    // timing's; stays with the record for its next thread
  const Passed *passes = &kNonePassed;  // what the next call that passes is likely to be

  // Written by the registering thread or the background thread, under the table's lock.
  uint32_t index = 0;        // place in the table
  bool claimed = false;      // the thread itself has been here (its TLS points to this record)
  uint64_t start_ticks = 0;  // field 22 of its stat: tid and this name a thread for ever

  // Background thread only (sampling).
  int timer = -1;    // kernel timer id
  int perf_fd = -1;  // descriptor of its event, where perf samples
  uint64_t perf_id = 0;
  bool timer_refused = false;
  std::atomic<bool> left_alone{false};  // neither timed, sampled nor looked at; for good
  uint64_t cpu_at_arm_ns = 0;
  uint64_t cpu_last_ns = 0;
  uint64_t cpu_asked_ns = 0;   // its clock when it was last asked for a sandbox
  uint64_t cpu_silent_ns = 0;  // its clock when its mask was read last
  bool blocks_signal = false;
  void *ring = nullptr;        // perf-stacks', while it blocks our signal
  uint32_t numbered_name = 0;  // the name that `number` is for
  uint8_t name_looks = 0;      // as long as the thread is young

  Frame frames[kMaxDepth];
  CacheEntry cache[kCacheSlots] = {};
  Passed passed[kMaxPassed + 1] = {};  // the last one stays empty
};

namespace detail {
// Not thread_local: that asks at every use whether a constructor is due.
extern __thread ThreadRecord *t_record __attribute__((tls_model("initial-exec")));
}  // namespace detail

// This thread's record; nullptr before it registered. Signal-safe.
inline ThreadRecord *current() { return detail::t_record; }

}  // namespace pyro::threads
