// What does an allocation of ours do when the process has no memory left?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace pyro::tracer {
namespace {

// 0, or which of the steps went wrong.
int when_all_is_used_up() {
  if (memory_is_out()) return 1;
  const rlimit none{4096, RLIM_INFINITY};  // 0 would not be kept: Valgrind sets it
  if (setrlimit(RLIMIT_DATA, &none) != 0) return 2;
  if (!memory_is_out()) return 3;
  for (size_t bytes = 1 << 16; bytes >= 16; bytes /= 2)
    for (void *volatile last = std::malloc(bytes); last != nullptr;) last = std::malloc(bytes);
  std::string *text = new std::string(1000, 'x');
  *text += *text;
  if (text->size() != 2000) return 4;
  delete text;
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_DATA, &all) != 0) return 5;
  return memory_is_out() ? 0 : 6;  // it was out, and for us that is for good
}

TEST(Memory, what_malloc_refuses_comes_from_the_reserve_and_profiling_ends) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers allocate by themselves";
#endif
  const pid_t child = fork();
  if (child == 0) _exit(when_all_is_used_up());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace pyro::tracer
