// How does the reader take records out of the ring?
// SPDX-License-Identifier: MPL-2.0
#include "wire/ring.h"

#include <algorithm>

namespace pyro::wire {
namespace {

uint32_t bytes_read(uint64_t word) { return static_cast<uint32_t>(word); }
uint64_t read_word(uint32_t bytes, uint32_t records) { return static_cast<uint64_t>(records) << 32 | bytes; }

}  // namespace

ChunkView RingRead::peek(uint32_t index) const {
  const Chunk &chunk = ring_.chunk[index];
  const uint32_t end =
      std::min(chunk.committed.load(std::memory_order_acquire), kChunkData);  // partner: RingWrite::commit
  const uint32_t begin = std::min(bytes_read(chunk.read.load(std::memory_order_relaxed)), end);
  return {chunk.data + begin, end - begin};
}

void RingRead::advance(uint32_t index, uint32_t bytes, uint32_t records) {
  Chunk &chunk = ring_.chunk[index];
  const uint64_t before = chunk.read.load(std::memory_order_relaxed);
  const uint32_t total = static_cast<uint32_t>(before >> 32) + records;
  const uint32_t at = std::min(bytes_read(before) + bytes, kChunkData);
  chunk.read.store(read_word(at, total), std::memory_order_relaxed);
  uint32_t nobody = 0;
  if (!chunk.owner.compare_exchange_strong(nobody, kChunkOwnerReader, std::memory_order_acquire,
                                           std::memory_order_relaxed))
    return;
  if (chunk.committed.load(std::memory_order_relaxed) == at) empty(chunk);
  chunk.owner.store(0, std::memory_order_release);
}

// `committed` first: a reader killed between the two stores leaves "nothing to read", never the same records twice.
void RingRead::empty(Chunk &chunk) {
  chunk.committed.store(0, std::memory_order_relaxed);
  const uint64_t records = chunk.read.load(std::memory_order_relaxed) >> 32;
  chunk.read.store(read_word(0, static_cast<uint32_t>(records)),
                   std::memory_order_release);  // pins the order of the two
}

void RingRead::repair() {
  for (Chunk &chunk : ring_.chunk) {
    if (chunk.owner.load(std::memory_order_acquire) != kChunkOwnerReader) continue;
    if (chunk.committed.load(std::memory_order_relaxed) <= bytes_read(chunk.read.load(std::memory_order_relaxed)))
      empty(chunk);
    chunk.owner.store(0, std::memory_order_release);
  }
}

uint64_t RingRead::records_read() const {
  uint64_t sum = 0;
  for (const Chunk &chunk : ring_.chunk) sum += chunk.read.load(std::memory_order_relaxed) >> 32;
  return sum;
}

}  // namespace pyro::wire
