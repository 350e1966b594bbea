// Which addresses are living pads, and whose? What a handler believes of a value that it found on a stack.
//
// A value is believed only if it is in here, and a pad leaves before its memory does. Buckets of one cache line with
// four places each: a look-up costs one line, nothing is ever moved, nothing is left behind by a pad that went.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pyro::threads {

// What may a value be that was found on a stack? Kinds of learned places (pads/learning/pad-registers.h finds them).
enum StackValue : uint8_t {
  kInsidePad = 1,    // the pad whose chain, list or getrange function runs
  kHandlingPad = 2,  // the pad whose event, query or activation function runs
  kPushingPad = 3,   // the pad that is pushed or pulled through
  kDrivingPad = 4,   // the pad whose task this is
};

// Set in the owner of a ghost or proxy pad: bins are transparent, so the search goes on outwards.
inline constexpr uint32_t kTransparentPad = 1u << 30;
inline constexpr uint32_t kNoSuchPad = ~uint32_t{0};

class LivePads {
 public:
  static constexpr uint32_t kPlaces = 4;  // in a bucket
  static constexpr uint32_t kFirstBits = 6, kMostBits = 16;

  // Writers: one at a time, under the caller's lock. false = no room (the caller counts it): the pad stays unknown.
  bool add(const void *pad, uint32_t owner);
  void remove(const void *pad);
  // Only if the pad is known.
  void set_owner(const void *pad, uint32_t owner);
  uint32_t size() const { return size_; }

  // Directory id of the pad's element, 0 = not named yet, kTransparentPad, or kNoSuchPad. Signal-safe.
  uint32_t find(const void *pad) const {
    const Buckets *buckets = buckets_.load(std::memory_order_acquire);
    if (!buckets) return kNoSuchPad;
    for (const Place &place : buckets->of(pad).place) {
      if (place.pad.load(std::memory_order_acquire) != pad) continue;
      const uint32_t owner = place.owner.load(std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_acquire);
      // Given to another pad meanwhile: then this one is gone.
      return place.pad.load(std::memory_order_relaxed) == pad ? owner : kNoSuchPad;
    }
    return kNoSuchPad;
  }
  // Asks for the line that find() will read. Signal-safe.
  void prefetch(const void *pad) const {
    if (const Buckets *buckets = buckets_.load(std::memory_order_relaxed)) __builtin_prefetch(&buckets->of(pad));
  }

 private:
  struct Place {
    std::atomic<const void *> pad;
    std::atomic<uint32_t> owner;
    uint32_t reserved;
  };
  struct alignas(64) Bucket {
    Place place[kPlaces];
  };
  struct Buckets {
    Bucket *bucket;
    uint32_t bits;
    size_t index(const void *pad) const {
      return (reinterpret_cast<uintptr_t>(pad) * 0x9e3779b97f4a7c15ull) >> (64 - bits);
    }
    const Bucket &of(const void *pad) const { return bucket[index(pad)]; }
  };
  static_assert(sizeof(Bucket) == 64);

  static Buckets *make(uint32_t bits);
  static Place *place_of(const Buckets &buckets, const void *pad);
  static bool put(const Buckets &buckets, const void *pad, uint32_t owner);
  bool grow();

  std::atomic<const Buckets *> buckets_{nullptr};
  uint32_t size_ = 0;
};

extern LivePads live_pads;

}  // namespace pyro::threads
