// What may the handler call, and how much of somebody's stack does it take?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <cstdio>
#include <set>
#include <sstream>
#include <string>

#include "sampling/harness.h"
#include "sampling/signal.h"

namespace pyro {
namespace {

// Calls that are async-signal-safe by POSIX, or by what they are: plain reads, plain copies, system calls.
const std::set<std::string> kAllowed = {
    "clock_gettime",  // vDSO
    "ioctl",          // a system call, of perf's events alone
    "memcpy",
    "memset",
    "memmove",
    "__errno_location",  // address of a thread's own word, initialised with the thread
    "__libc_stack_end",  // a datum of ld.so
    "__libc_current_sigrtmax",
    "__libc_current_sigrtmin",
    "sigaction",
    "sigfillset",  // installation, in the same file
    "__stack_chk_fail",
    "__start_pyro_handler",
    "__stop_pyro_handler",  // the last two by the linker: where the handler lies
    "_GLOBAL_OFFSET_TABLE_",
};

std::set<std::string> undefined_symbols(const std::string &objects) {
  std::set<std::string> names;
  std::stringstream list(objects);
  for (std::string object; std::getline(list, object, '|');) {
    FILE *nm = popen(("nm --undefined-only --format=just-symbols " + object).c_str(), "r");
    char line[1024];
    while (nm && fgets(line, sizeof line, nm)) names.insert(std::string(line, strcspn(line, "\n")));
    if (!nm || pclose(nm) != 0) ADD_FAILURE() << "nm " << object;
  }
  return names;
}

TEST(SignalSafety, the_handler_reaches_nothing_that_locks_allocates_or_logs) {
  const std::set<std::string> names = undefined_symbols(HANDLER_OBJECTS);
  ASSERT_FALSE(names.empty());
  for (const std::string &name : names)
    EXPECT_TRUE(kAllowed.count(name) || name.rfind("_ZN4pyro", 0) == 0 || name.rfind("_ZNK4pyro", 0) == 0 ||
                name.rfind("_ZGVN4pyro", 0) == 0)
        << name << " is not on the list of what a handler may call";
}

constexpr size_t kAlternate = 256 * 1024;
constexpr unsigned char kPaint = 0xa5;

void empty_handler(int, siginfo_t *, void *) {}

// Bytes below the top of a painted alternate stack that a signal's delivery touched.
size_t touched(unsigned char *stack) {
  size_t untouched = 0;
  while (untouched < kAlternate && stack[untouched] == kPaint) untouched++;
  return kAlternate - untouched;
}

struct OnAlternateStack {
  OnAlternateStack() {
    memory = static_cast<unsigned char *>(
        mmap(nullptr, kAlternate, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    stack_t ours{};
    ours.ss_sp = memory;
    ours.ss_size = kAlternate;
    sigaltstack(&ours, &before);
    memset(memory, kPaint, kAlternate);
  }
  ~OnAlternateStack() {
    stack_t off = before;
    if (off.ss_sp == nullptr) off.ss_flags = SS_DISABLE;
    sigaltstack(&off, nullptr);
    munmap(memory, kAlternate);
  }
  unsigned char *memory;
  stack_t before{};
};

TEST(SignalSafety, the_handler_takes_at_most_two_kilobytes_of_stack_beyond_the_kernels_frame) {
  size_t frame = 0, with_ours = 0;
  {
    OnAlternateStack stack;
    struct sigaction action {
    }, before{};
    action.sa_sigaction = empty_handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGUSR1, &action, &before);
    raise(SIGUSR1);
    sigaction(SIGUSR1, &before, nullptr);
    frame = touched(stack.memory);
  }
  {
    OnAlternateStack stack;
    testing::live();
    threads::register_current();
    ASSERT_EQ(nullptr, sampling::start(100));
    sampling::set_rate(100);
    testing::drain(testing::live());
    testing::burn(200000000);
    sampling::stop();
    ASSERT_GE(testing::drain(testing::live()).size(), 5u);
    with_ours = touched(stack.memory);
  }
  RecordProperty("kernel_frame_bytes", static_cast<int>(frame));
  RecordProperty("handler_bytes", static_cast<int>(with_ours - frame));
  printf("kernel's frame %zu bytes, handler %zu bytes\n", frame, with_ours - frame);
  EXPECT_LE(with_ours - frame, 2048u);
}

}  // namespace
}  // namespace pyro
