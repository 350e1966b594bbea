// Are samples followed home that were taken in a handler on an alternate stack?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <memory>
#include <thread>

#include "sampling/harness.h"
#include "sampling/stack-bounds.h"
#include "unwind/modules/modules.h"

namespace pyro {
namespace {

constexpr size_t kBytes = 64 * 1024;

void burn_there(int) { testing::burn(1000000); }

// A stack from malloc lies where heaps lie, with unreadable pages between it and the thread's own.
void use_alternate_stack(char *memory) {
  struct sigaction action {};
  action.sa_handler = burn_there;
  action.sa_flags = SA_ONSTACK;
  ASSERT_EQ(0, sigaction(SIGUSR1, &action, nullptr));
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = kBytes;
  ASSERT_EQ(0, sigaltstack(&stack, nullptr));
}

void leave_alternate_stack() {
  stack_t stack{};
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, nullptr);
}

TEST(AlternateStack, a_handler_that_burns_there_is_followed_to_the_threads_root) {
  testing::live();
  auto &map = unwind::ModuleMap::instance();
  map.request_core();
  map.request_table_for(reinterpret_cast<const void *>(&burn_there));
  for (int i = 0; i < 2; i++) map.refresh();
  ASSERT_EQ(nullptr, sampling::start(1000));
  sampling::set_rate(1000);
  testing::drain(testing::live());
  std::thread worker([] {
    threads::register_current();
    const std::unique_ptr<char[]> memory(new char[kBytes]);
    use_alternate_stack(memory.get());
    const uint64_t begin = testing::cpu_ns();
    while (testing::cpu_ns() - begin < 600000000) pthread_kill(pthread_self(), SIGUSR1);
    leave_alternate_stack();
  });
  worker.join();
  sampling::stop();
  const auto samples = testing::drain(testing::live());
  uint32_t to_the_root = 0;
  for (const testing::Sample &sample : samples) to_the_root += sample.head.end == 0;
  EXPECT_GE(samples.size(), 30u);
  EXPECT_GE(to_the_root * 100, samples.size() * 95);
}

uint64_t left_at, found;

void look_for_it(int, siginfo_t *, void *context) {
  const auto &stack = static_cast<const ucontext_t *>(context)->uc_stack;
  const auto low = reinterpret_cast<uint64_t>(stack.ss_sp);
  found = sampling::stack_left_for(low, low + stack.ss_size, reinterpret_cast<uint64_t>(__builtin_frame_address(0)));
  left_at = unwind::read_registers(context).r[unwind::kStackPointer];
}

TEST(AlternateStack, the_kernels_frame_says_where_the_threads_own_was_left_and_nothing_else_does) {
  const std::unique_ptr<char[]> memory(new char[kBytes]());
  use_alternate_stack(memory.get());
  struct sigaction action {};
  action.sa_sigaction = look_for_it;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  sigaction(SIGUSR2, &action, nullptr);
  pthread_kill(pthread_self(), SIGUSR2);
  EXPECT_NE(0u, left_at);
  EXPECT_EQ(left_at, found);
  leave_alternate_stack();
  const std::unique_ptr<char[]> empty(new char[kBytes]());
  const auto low = reinterpret_cast<uint64_t>(empty.get());
  EXPECT_EQ(0u, sampling::stack_left_for(low, low + kBytes, low + kBytes / 2));
  EXPECT_EQ(0u, sampling::stack_left_for(low, low + 16, low));
}

}  // namespace
}  // namespace pyro
