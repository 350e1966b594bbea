// Where does memory come from when malloc has none? From a reserve that is touched only then.
// SPDX-License-Identifier: MPL-2.0
#include "tracer/memory.h"

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kReserve = 1 << 20;
std::atomic<size_t> taken{0};

// Sanitizers have their own operators, and are never out of memory.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr size_t kAlignment = 16;
alignas(kAlignment) unsigned char reserve[kReserve];

bool is_reserve(const void *at) { return at >= reserve && at < reserve + kReserve; }

// Never given back: profiling ends once it was taken.
void *take(size_t bytes) {
  if (bytes > kReserve) return nullptr;
  bytes = (bytes + kAlignment - 1) & ~(kAlignment - 1);
  const size_t at = taken.fetch_add(bytes, std::memory_order_relaxed);
  return at + bytes <= kReserve ? reserve + at : nullptr;
}
#endif

}  // namespace

// The plugin exports neither: the host keeps its operators.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *operator new(size_t bytes) {
  void *at = std::malloc(bytes == 0 ? 1 : bytes);
  if (!at) at = take(bytes == 0 ? 1 : bytes);
  if (!at) std::abort();
  return at;
}

void *operator new(size_t bytes, const std::nothrow_t &) noexcept { return std::malloc(bytes == 0 ? 1 : bytes); }

void operator delete(void *at) noexcept {
  if (!is_reserve(at)) std::free(at);
}

void operator delete(void *at, size_t) noexcept { operator delete(at); }
#endif

namespace pyro::tracer {

bool memory_is_out() {
  if (taken.load(std::memory_order_relaxed) != 0) return true;
  void *at = mmap(nullptr, kReserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return true;
  munmap(at, kReserve);
  return false;
}

}  // namespace pyro::tracer
