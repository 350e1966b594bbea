// What can threads do to a profiler: come and go, throw, recurse, leave their stack, block signals, allocate?
// SPDX-License-Identifier: MPL-2.0
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "storm.h"

#define PLAIN __attribute__((noinline, noclone))

namespace pyro::storms {
namespace {

thread_local volatile int sink;
constexpr uint64_t kMillisecond = 1000000;

// --- thread churn ---

void *short_life(void *) {
  for (int i = 0; i < 2000; i++) sink = i;
  return nullptr;
}

void churn(Weather &weather) {
  weather.blow(3, [&](int thread) {
    if (thread == 0) return burn(kMillisecond);  // somebody is sampled all the time
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    pthread_t threads[8];
    int made = 0;
    while (made < 8 && pthread_create(&threads[made], &attributes, short_life, nullptr) == 0) made++;
    for (int i = 0; i < made; i++) pthread_join(threads[i], nullptr);
    pthread_attr_destroy(&attributes);
    weather.count(static_cast<uint64_t>(made));
  });
}

// --- exceptions ---

struct Undone {
  ~Undone() { sink = 1; }
};
PLAIN void throw_from(int depth) {
  const Undone undone;
  if (depth == 0) throw std::runtime_error("expected");
  throw_from(depth - 1);
  sink = depth;
}
void throw_and_catch(Weather &weather) {
  weather.blow(3, [&](int) {
    for (int i = 0; i < 20; i++) {
      try {
        throw_from(i);
      } catch (const std::exception &error) {
        sink = error.what()[0];
      }
    }
    weather.count(20);
  });
}

// --- deep recursion ---

constexpr int kDepth = kAddressSanitizer || kThreadSanitizer ? 1000 : 3000;

PLAIN int recurse(int depth) {
  volatile int mine = depth;  // or the compiler makes it a loop
  if (depth == 0) {
    burn(kMillisecond);
    return 1;
  }
  return recurse(depth - 1) + mine;
}
void recurse_deeply(Weather &weather) {
  weather.blow(2, [&](int) {
    sink = recurse(kDepth);
    weather.count();
  });
}
void expect_truncated(Weather &weather, const Seen &seen) {
  if (seen.counter("truncated") * 2 < seen.samples) weather.fail("deep stacks are not truncated");
}

// --- alternate stacks ---

void burn_in_the_handler(int) { burn(kMillisecond / 2); }

void leave_the_stack(Weather &weather) {
  struct sigaction action {};
  action.sa_handler = burn_in_the_handler;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  weather.blow(3, [&](int) {
    static thread_local const std::unique_ptr<char[]> memory(new char[64 * 1024]);
    static thread_local bool there = false;
    if (!there) {
      stack_t stack{};
      stack.ss_sp = memory.get();
      stack.ss_size = 64 * 1024;
      there = sigaltstack(&stack, nullptr) == 0;
    }
    for (int i = 0; i < 4; i++) pthread_kill(pthread_self(), SIGUSR1);
    weather.count(4);
  });
}

// --- blocked signals ---

void block_everything(Weather &weather) {
  weather.blow(2, [&](int) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    burn(80 * kMillisecond);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    weather.count();
  });
}
void expect_masked(Weather &weather, const Seen &seen) {
  if (seen.counter("masked") == 0) weather.fail("nobody noticed that signals were blocked");
}

// --- malloc ---

void allocate(Weather &weather) {
  weather.blow(4, [&](int thread) {
    static thread_local unsigned seed = static_cast<unsigned>(thread) + 1;
    void *blocks[256] = {};
    for (int i = 0; i < 4000; i++) {
      void *&block = blocks[rand_r(&seed) % 256];
      const auto size = static_cast<size_t>(rand_r(&seed) % 8192 + 1);
      if (i % 3 == 0) {
        free(block);
        block = calloc(1, size);
      } else if (void *grown = realloc(block, size)) {
        block = grown;
      }
    }
    for (void *block : blocks) free(block);
    weather.count(4000);
  });
}

}  // namespace

std::vector<Storm> thread_storms() {
  return {
      {"thread churn", "timing=wrap", false, true, churn, nullptr},
      {"exceptions", "timing=wrap", true, true, throw_and_catch, nullptr},
      {"deep recursion", "timing=wrap", true, false, recurse_deeply, expect_truncated},
      {"alternate stacks", "timing=wrap", true, true, leave_the_stack, nullptr},
      {"masked threads", "timing=wrap,engine=timer", true, false, block_everything, expect_masked},
      {"malloc", "timing=wrap", true, false, allocate, nullptr},
  };
}

}  // namespace pyro::storms
