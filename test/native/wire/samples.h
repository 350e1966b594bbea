// How do the tests write records that prove by themselves that they are whole?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>

#include "columns.h"
#include "wire/reader.h"

namespace pyro::wire {

inline uint64_t mixed(uint64_t writer, uint64_t sequence, uint64_t i) {
  uint64_t x = writer * 0x9e3779b97f4a7c15ull ^ sequence * 0xbf58476d1ce4e5b9ull ^ i * 0x94d049bb133111ebull;
  x ^= x >> 29;
  return x * 0xd6e8feb86659fd93ull;
}
inline uint32_t depth_of(uint64_t writer, uint64_t sequence) { return mixed(writer, sequence, 999) >> 56; }

inline uint32_t chain_of(uint64_t writer, uint64_t sequence) { return mixed(writer, sequence, 998) % (kMaxChain + 1); }

// Signal-safe. False when the ring was full.
inline bool write_sample(Ring &ring, uint32_t writer, uint64_t sequence, uint32_t &hint) {
  RingWrite write(ring, writer, hint);
  auto *at = static_cast<unsigned char *>(write.room());
  if (at == nullptr) return false;
  StackSample sample{};
  sample.depth = static_cast<uint16_t>(depth_of(writer, sequence));
  sample.chain = static_cast<uint8_t>(chain_of(writer, sequence));
  sample.header = {kRecordCpuSample, static_cast<uint16_t>(record_bytes(sample.depth, sample.chain)), writer};
  sample.time_ns = sequence;
  sample.weight_ns = 10000000;
  sample.element = static_cast<uint32_t>(mixed(writer, sequence, 1000));
  std::memcpy(at, &sample, sizeof sample);
  for (uint32_t i = 0; i < sample.depth; i++) {
    const uint64_t frame = mixed(writer, sequence, i);
    std::memcpy(at + sizeof sample + i * 8, &frame, 8);
  }
  for (uint32_t i = 0; i < sample.chain; i++) {
    const auto id = static_cast<uint32_t>(mixed(writer, sequence, 2000 + i));
    std::memcpy(at + sizeof sample + sample.depth * 8 + i * 4, &id, 4);
  }
  write.commit(sample.header.size);
  return true;
}

inline bool is_whole(const SampleColumns &samples, uint32_t i) {
  const uint64_t writer = samples.thread[i], sequence = static_cast<uint64_t>(samples.time_ns[i]);
  const uint32_t first = samples.frame_start[i], depth = samples.frame_start[i + 1] - first;
  if (depth != depth_of(writer, sequence)) return false;
  if (samples.element[i] != static_cast<uint32_t>(mixed(writer, sequence, 1000))) return false;
  for (uint32_t f = 0; f < depth; f++) {
    const uint64_t frame = mixed(writer, sequence, f);
    if (samples.frame_module[first + f] != frame_module(frame)) return false;
    if (samples.frame_offset[first + f] != static_cast<double>(frame_offset(frame))) return false;
  }
  const uint32_t inner = samples.chain_start[i], length = samples.chain_start[i + 1] - inner;
  if (length != chain_of(writer, sequence)) return false;
  for (uint32_t c = 0; c < length; c++)
    if (samples.chain[inner + c] != static_cast<uint32_t>(mixed(writer, sequence, 2000 + c))) return false;
  return true;
}

inline Mapping make_segment(bool spans = false) {
  int error = 0;
  std::optional<Mapping> made = Mapping::create(&error, spans);
  if (!made) abort();
  return std::move(*made);
}

// The segment as another process sees it: the maker's own mapping is not inherited by fork.
inline Mapping map_segment(int fd) {
  Refusal why;
  uint32_t version;
  std::optional<Mapping> mapping = Mapping::attach(dup(fd), &why, &version);
  if (!mapping) abort();
  return std::move(*mapping);
}

// A process of ours that runs one function; killed and reaped when it goes.
class Child {
 public:
  explicit Child(const std::function<void()> &body) : pid_(fork()) {
    if (pid_ != 0) return;
    body();
    _exit(0);
  }
  ~Child() { kill(); }
  bool ended() {
    if (!ended_) ended_ = waitpid(pid_, &status_, WNOHANG) == pid_;
    return ended_;
  }
  bool exited_cleanly() { return ended() && status_ == 0; }
  void kill() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    ended_ = waitpid(pid_, &status_, 0) == pid_;
  }

 private:
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

inline bool within(std::chrono::milliseconds limit, const std::function<bool()> &condition) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    usleep(200);
  }
  return true;
}

// A reader on a descriptor of its own; `abort` because a test without a segment proves nothing.
inline Reader read_segment(int fd) {
  Refusal why;
  uint32_t version;
  std::optional<Reader> reader = Reader::attach(dup(fd), &why, &version);
  if (!reader || !reader->take_over()) abort();
  return std::move(*reader);
}

}  // namespace pyro::wire
