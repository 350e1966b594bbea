// How do records get from any thread, signal handlers included, to the agent, without anybody waiting?
//
// The ring is a set of chunks. A writer holds one chunk for the time of one record: compare-exchange of `owner`,
// fill, release `committed`, release `owner`. So
//  - a writer that is descheduled or dies in mid-record holds one chunk and stalls nobody; its half record is never
//  seen;
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
  std::atomic<uint32_t> owner;      // 0 = nobody; a thread id while it writes; kChunkOwnerReader while emptied
  std::atomic<uint32_t> committed;  // bytes of whole records; written by the owner, released
  std::atomic<uint64_t> read;       // by the reader: low half bytes read, high half records ever read here (one word,
                                    // so that an agent killed between two drains leaves an exact count)
  unsigned char reserved[48];
  unsigned char data[kChunkBytes - 64];
};
static_assert(sizeof(Chunk) == kChunkBytes);

inline constexpr uint32_t kChunkData = sizeof(Chunk::data);
static_assert(kMaxRecord <= kChunkData);

struct Ring {
  Chunk chunk[kChunkCount];
};

// A chunk held for one record of up to kMaxRecord bytes. Signal-safe. Partner of the acquire of `committed`: the
// reader.
class RingWrite {
 public:
  // `hint` is the chunk this thread used last; it is updated. `tid` is never 0.
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

  // Room for kMaxRecord bytes, 8-byte aligned; nullptr when the record must be dropped.
  void *room() const { return chunk_ ? chunk_->data + at_ : nullptr; }
  // `bytes` is a multiple of 8, at most kMaxRecord.
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

// What the reader has of one chunk after looking once. Copies nothing; the caller copies [from, to) before parsing.
struct ChunkView {
  const unsigned char *from;
  uint32_t bytes;
};

// The reader's half, for one reader at a time. Every number read from the segment is clamped: a hostile writer can
// make it read garbage, never outside the chunk.
class RingRead {
 public:
  explicit RingRead(Ring &ring) : ring_(ring) {}
  // What was committed to chunk `index`, below kChunkCount, and not advanced over. The bytes stay where they are until
  // advance(), but a hostile target may change them at any time.
  ChunkView peek(uint32_t index) const;
  // Says that `bytes` holding `records` records were taken over; empties the chunk when all of it was read.
  void advance(uint32_t index, uint32_t bytes, uint32_t records);
  // Records ever read from all chunks, by this reader and those before it (modulo 2^32 a chunk).
  uint64_t records_read() const;
  // Gives back chunks that a reader held when it was killed. Once, before the first peek of a new reader.
  void repair();

 private:
  static void empty(Chunk &chunk);
  Ring &ring_;
};

}  // namespace pyro::wire
