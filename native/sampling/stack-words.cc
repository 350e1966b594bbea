// How is it learned where libc notes a thread's stack? The place differs by version, and no header tells it.
// SPDX-License-Identifier: MPL-2.0
#include "sampling/stack-words.h"

#include <pthread.h>

namespace pyro::sampling {

std::atomic<int64_t> stack_words{0};

namespace {

constexpr uint64_t kLargestBlock = 4096;

// Of the calling thread libc says where its stack lies, so the words that say the same are seen in its block. False in
// the main thread.
bool learn_here() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
  void *lowest = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  const uint64_t low = reinterpret_cast<uint64_t>(lowest), high = low + size, tp = thread_pointer();
  if (tp <= low || tp >= high) return false;
#if defined(__x86_64__)
  const uint64_t from = tp, to = high - tp < kLargestBlock ? high : tp + kLargestBlock;
#else
  const uint64_t from = tp - low < kLargestBlock ? low : tp - kLargestBlock, to = tp;
#endif
  for (uint64_t place = from; place + 24 <= to; place += 8) {
    const Stack stack = stack_noted_at(place);
    if (stack.low != low || stack.high != high) continue;
    stack_words.store(static_cast<int64_t>(place - tp), std::memory_order_relaxed);
    return true;
  }
  return false;
}

void *learn_in_thread(void *) {
  learn_here();
  return nullptr;
}

}  // namespace

bool learn_stack_words() {
  if (stack_words.load(std::memory_order_relaxed) != 0 || learn_here()) return true;
  pthread_t thread;
  if (pthread_create(&thread, nullptr, learn_in_thread, nullptr) == 0) pthread_join(thread, nullptr);
  return stack_words.load(std::memory_order_relaxed) != 0;
}

}  // namespace pyro::sampling
