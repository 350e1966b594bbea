// How do records get from any thread, signal handlers included, to the agent without blocking?
//
// The ring is a set of chunks. A writer holds one chunk for the time of one record: compare-exchange of `owner`,
// fill, store-release `committed`, store-release `owner`. So
//  - a writer that is descheduled or dies within a record holds one chunk and blocks no other writer; its partial
//  record is never visible;
//  - a handler that interrupts a writer on its own thread finds that chunk held and takes another;
//  - when every chunk is full or held the record is dropped and counted by the caller (kRingFull);
//  - the reader needs no lock to read, and owns a chunk only to empty it once everything in it was read.
// Records of one thread may lie in several chunks: order across chunks is not kept.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "wire/records.h"

namespace pyro::wire {

inline constexpr uint32_t kChunkBytes = 16384;
inline constexpr uint32_t kChunkCount = 128;
inline constexpr uint32_t kChunkOwnerReader = 0xffffffffu;

struct alignas(64) Chunk {
  std::atomic<uint32_t> owner;      // 0 = free; a thread id while it writes; kChunkOwnerReader while emptied
  std::atomic<uint32_t> committed;  // bytes of complete records; stored by the owner with release
  std::atomic<uint64_t> read;       // by the reader: low half bytes read, high half records ever read here; one word,
                                    // so that the count stays exact if the agent is killed
  unsigned char reserved[48];
  unsigned char data[kChunkBytes - 64];
};
static_assert(sizeof(Chunk) == kChunkBytes);

inline constexpr uint32_t kChunkData = sizeof(Chunk::data);
static_assert(kMaxRecord <= kChunkData);

struct Ring {
  Chunk chunk[kChunkCount];
};

// The writer of one record of up to kMaxRecord bytes; it holds a chunk while it lives. Async-signal-safe. The
// release of `committed` pairs with the acquire in RingRead::peek.
class RingWrite {
 public:
  // `hint`: index of the chunk that this thread used last, updated here. `tid`: thread id, never 0.
  RingWrite(Ring &ring, uint32_t tid, uint32_t &hint) {
    for (uint32_t i = 0; i < kChunkCount; i++) {
      const uint32_t index = (hint + i) % kChunkCount;
      if (!hold(ring.chunk[index], tid)) continue;
      hint = index;
      return;
    }
  }
  ~RingWrite() {
    if (chunk_) chunk_->owner.store(0, std::memory_order_release);
  }
  RingWrite(const RingWrite &) = delete;
  RingWrite &operator=(const RingWrite &) = delete;

  // Memory for kMaxRecord bytes, 8-byte aligned; nullptr if no chunk is free and the record must be dropped.
  void *room() const { return chunk_ ? chunk_->data + at_ : nullptr; }
  // Makes the record visible to the reader. `bytes`: its size, a multiple of 8, at most kMaxRecord.
  void commit(uint32_t bytes) { chunk_->committed.store(at_ + bytes, std::memory_order_release); }

 private:
  bool hold(Chunk &chunk, uint32_t tid) {
    if (chunk.committed.load(std::memory_order_relaxed) > kChunkData - kMaxRecord) return false;
    uint32_t nobody = 0;
    if (!chunk.owner.compare_exchange_strong(nobody, tid, std::memory_order_acquire, std::memory_order_relaxed))
      return false;
    at_ = chunk.committed.load(std::memory_order_relaxed);  // ours now: acquired from the last owner's release
    if (at_ <= kChunkData - kMaxRecord) {
      chunk_ = &chunk;
      return true;
    }
    chunk.owner.store(0, std::memory_order_release);
    return false;
  }

  Chunk *chunk_ = nullptr;
  uint32_t at_ = 0;
};

// The unread bytes of a chunk, in shared memory: the caller copies them before parsing.
struct ChunkView {
  const unsigned char *from;
  uint32_t bytes;
};

// The reader's side of the ring, for one reader at a time. Every number read from the segment is clamped: a hostile
// target can make it read garbage, but never outside the chunk.
class RingRead {
 public:
  explicit RingRead(Ring &ring) : ring_(ring) {}
  // The committed and unread bytes of chunk `index` (less than kChunkCount). They stay in place until advance(), but a
  // hostile target may change them at any time.
  ChunkView peek(uint32_t index) const;
  // Marks the next `bytes` of the chunk as read, which hold `records` records. A chunk that is read completely becomes
  // free for writers, unless one holds it now.
  void advance(uint32_t index, uint32_t bytes, uint32_t records);
  // Number of records read from all chunks so far, by earlier readers too (each chunk counts modulo 2^32).
  uint64_t records_read() const;
  // Releases chunks that a killed reader held. A new reader calls it once, before its first peek().
  void repair();

 private:
  static void empty(Chunk &chunk);
  Ring &ring_;
};

}  // namespace pyro::wire
