// How do pads get into the table, and how does it grow under the eyes of handlers?
// SPDX-License-Identifier: MPL-2.0
#include "threads/live-pads.h"

#include <sys/mman.h>

#include <new>

namespace pyro::threads {

LivePads live_pads;

// Anonymous memory: zero, and only what is touched costs anything.
LivePads::Buckets *LivePads::make(uint32_t bits) {
  void *memory = mmap(nullptr, sizeof(Bucket) << bits, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto *made = new (std::nothrow) Buckets{static_cast<Bucket *>(memory), bits};
  if (!made) munmap(memory, sizeof(Bucket) << bits);
  return made;
}

LivePads::Place *LivePads::place_of(const Buckets &buckets, const void *pad) {
  for (Place &place : buckets.bucket[buckets.index(pad)].place)
    if (place.pad.load(std::memory_order_relaxed) == pad) return &place;
  return nullptr;
}

bool LivePads::put(const Buckets &buckets, const void *pad, uint32_t owner) {
  Place *place = place_of(buckets, pad);
  for (Place &free_one : buckets.bucket[buckets.index(pad)].place) {
    if (place) break;
    if (free_one.pad.load(std::memory_order_relaxed) == nullptr) place = &free_one;
  }
  if (!place) return false;
  // Released: a reader of this owner also sees that the place's last pad is gone.
  place->owner.store(owner, std::memory_order_release);
  place->pad.store(pad, std::memory_order_release);  // partner: find
  return true;
}

// Twice the buckets until every pad has a place. The old ones are never freed: a handler may be reading them, and all
// of them together are not larger than the new.
bool LivePads::grow() {
  const Buckets *old = buckets_.load(std::memory_order_relaxed);
  for (uint32_t bits = old ? old->bits + 1 : kFirstBits; bits <= kMostBits; bits++) {
    Buckets *made = make(bits);
    if (!made) return false;
    bool fits = true;
    for (size_t i = 0; old && fits && i < size_t{1} << old->bits; i++)
      for (const Place &place : old->bucket[i].place)
        if (const void *pad = place.pad.load(std::memory_order_relaxed))
          fits = fits && put(*made, pad, place.owner.load(std::memory_order_relaxed));
    if (fits) {
      buckets_.store(made, std::memory_order_release);  // partner: find
      return true;
    }
    munmap(made->bucket, sizeof(Bucket) << bits);
    delete made;
  }
  return false;
}

bool LivePads::add(const void *pad, uint32_t owner) {
  for (;;) {
    const Buckets *buckets = buckets_.load(std::memory_order_relaxed);
    if (buckets && place_of(*buckets, pad)) return put(*buckets, pad, owner);
    if (buckets && put(*buckets, pad, owner)) {
      size_++;
      return true;
    }
    if (!grow()) return false;
  }
}

void LivePads::remove(const void *pad) {
  const Buckets *buckets = buckets_.load(std::memory_order_relaxed);
  Place *place = buckets ? place_of(*buckets, pad) : nullptr;
  if (!place) return;
  place->pad.store(nullptr, std::memory_order_release);
  size_--;
}

void LivePads::set_owner(const void *pad, uint32_t owner) {
  const Buckets *buckets = buckets_.load(std::memory_order_relaxed);
  if (Place *place = buckets ? place_of(*buckets, pad) : nullptr) place->owner.store(owner, std::memory_order_relaxed);
}

}  // namespace pyro::threads
