// Which pads does the process have, and what do we know of each?
//
// One state per pad, kept by the pad itself as qdata: its destroy notify takes our mutex, takes the pad out of the
// table of living ones, unlinks the state, bumps the epoch and frees. So a thread that holds the mutex may look at
// every listed pad without a reference: a dying pad waits in its notify. Nothing of GStreamer is called under the
// mutex.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <atomic>
#include <cstdint>

#include "pads/registry/control-use.h"
#include "pads/registry/queue-use.h"
#include "threads/thread-record.h"
#include "timing/timing.h"

namespace pyro::pads {

struct StreamPoint;  // streams/stream-point.h

inline constexpr uint32_t kLevels = 8;
enum Kind : uint32_t { kChain, kChainList, kGetRange, kEvent, kEventFull, kQuery, kKindCount };

// The functions that our wrappers stand for, by level: append-only, published before use, never changed while the pad
// lives, because elements save the function they find (ours) and expect it to keep its meaning (hazards: a52dec,
// ac3parse).
struct Originals {
  std::atomic<uint32_t> selfish{0};  // a bit a level: its function took our wrapper of itself for the one before it
  std::atomic<uint32_t> count{0};
  std::atomic<gpointer> function[kLevels] = {};
  gpointer refused = nullptr;  // the latest function that found no level, counted already; under the registry's mutex
};

// A source pad's latest answer to a latency query, its own part of it.
struct Reported {
  std::atomic<uint64_t> answers{0};  // released after the rest
  std::atomic<uint64_t> min_ns{0}, max_ns{0};
  std::atomic<bool> live{false};
  wire::Cell *cell = nullptr;  // where it is published; the background thread's, like the next
  uint64_t session = 0;
};

struct alignas(64) PadState {
  // What a call reads comes first: few cache lines.
  // The hop, resolved in the first wrapped call, where pad and parent are referenced and the stream lock is held.
  timing::Hop hop{};
  uint64_t resolved_session = 0;      // session the hop belongs to; 0 = resolve at the next call
  std::atomic<uint32_t> relinked{0};  // bumped by link events; differs from resolved_links = resolve again
  uint32_t resolved_links = 0;
  uint32_t resolved_topology = 0;
  std::atomic<bool> replaced{false};          // its function was found replaced: look before each buffer
  std::atomic<bool> probed{false};            // and that is done
  bool noted = false;                         // `queue` or `point` wants to see its buffers; resolved with the hop
  QueueUse queue;                             // resolved with the hop
  std::atomic<StreamPoint *> point{nullptr};  // made when resolved, under the stream lock; goes with the state
  Originals originals[kKindCount];
  ControlUse control[kControlUses];
  Reported reported;
  const uint64_t born_ns = clock::monotonic_ns();

  GstPad *pad = nullptr;
  PadState *next = nullptr, *previous = nullptr;  // registry's list, under its mutex
  bool proxy = false;                             // of a bin: transparent
  std::atomic<uint64_t> noted_functions{0};       // a hash of those that names/ has noted; 0 = none yet
  std::atomic<GstCaps *> caps{nullptr};           // came and are not told yet; ours (streams/media.h)
  std::atomic<uint32_t> caps_pad{0};              // directory id of the pad, when it has one in the live session
};

namespace detail {
inline std::atomic<uint64_t> epoch{64};
inline std::atomic<uint32_t> topology{1};
}  // namespace detail

// What threads remember of pads counts only in the epoch it was looked up in; that changes whenever a pad goes. A
// multiple of kEpochStep: passed-call.h adds the number of a wrapper.
inline constexpr uint64_t kEpochStep = 64;
inline uint64_t epoch() { return detail::epoch.load(std::memory_order_acquire); }
inline void bump_epoch() { detail::epoch.fetch_add(kEpochStep, std::memory_order_acq_rel); }
// Changes whenever a ghost or proxy pad was linked: peers behind it may differ now.
inline uint32_t topology_generation() { return detail::topology.load(std::memory_order_relaxed); }
inline void bump_topology() { detail::topology.fetch_add(1, std::memory_order_relaxed); }

// The state of a pad by its qdata, remembered in the two entries at `pair` (may be nullptr); nullptr if it has none.
PadState *look_up(GstPad *pad, threads::CacheEntry *pair, uint64_t epoch);

// Pads lie at multiples of 16 at any distance, some of them at like distances.
inline uint32_t cache_place(const GstPad *pad) {
  constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;  // Knuth: multiplicative hashing
  return static_cast<uint32_t>(reinterpret_cast<uint64_t>(pad) * kGolden >> 32) % (threads::kCacheSlots / 2) * 2;
}

// The state of a pad, from this thread's cache if it is there; nullptr if it has none. On the path of every buffer.
inline PadState *find(GstPad *pad, threads::ThreadRecord *thread) {
  const uint64_t now = epoch();  // partner: bump_epoch in the destroy notify
  threads::CacheEntry *pair = nullptr;
  if (__builtin_expect(thread != nullptr, 1)) {
    pair = &thread->cache[cache_place(pad)];
    if (__builtin_expect(pair->key == pad && pair->epoch == now, 1)) {
      if (!pair->value) __builtin_unreachable();  // look_up remembers no pad without a state
      return static_cast<PadState *>(pair->value);
    }
    if (pair[1].key == pad && pair[1].epoch == now) return static_cast<PadState *>(pair[1].value);
  }
  return look_up(pad, pair, now);
}

// The state of a pad, made if it has none. Not under any object or stream lock.
PadState *ensure(GstPad *pad);

// Runs `visit` for every state under the mutex. `visit` calls nothing of GStreamer.
void for_each(void (*visit)(PadState &state, void *user), void *user);

// Directory id of the element that a pad belongs to, for labels from the stack. Any thread that has the pad referenced.
void set_owner(GstPad *pad, uint32_t element);
// Runs `visit` for every pad, oldest first, referenced and without the mutex. Not under an object lock, not in a forked
// child: threads that it does not have may hold locks of these pads.
void for_each_referenced(void (*visit)(GstPad *pad));
// In a forked child: the elements were numbered by the parent.
void forget_owners();

// Told of every pad that goes, before its state is freed and outside the mutex.
void on_pad_gone(void (*gone)(PadState &state));

// Around fork.
void lock_registry();
void unlock_registry();

}  // namespace pyro::pads
