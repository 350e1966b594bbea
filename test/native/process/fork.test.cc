// Does every kind of forked child see that nothing is live?
// SPDX-License-Identifier: MPL-2.0
#include "process/fork.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace {

using pyro::process::ForkGuard;

std::string order;  // what ran; copied into children
void *word_in_child = reinterpret_cast<void *>(1);

// Installed once for all tests of this program, between two foreign registrations.
bool install_once() {
  static const bool installed = [] {
    pthread_atfork([] { order += "a"; }, [] { order += "b"; }, [] { order += "c"; });
    const bool ok =
        ForkGuard::install({[](void *data) { order += static_cast<const char *>(data); }, [](void *) { order += "Q"; },
                            [](void *) {
                              order += "R";
                              word_in_child = ForkGuard::live_word().load();
                            },
                            const_cast<char *>("P")});
    pthread_atfork([] { order += "1"; }, [] { order += "2"; }, [] { order += "3"; });
    return ok;
  }();
  return installed;
}

int live = 0;

// 0 = the child saw nothing live; its exit code otherwise.
int exit_code_of(pid_t child) {
  int status = -1;
  return waitpid(child, &status, __WALL) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Fork : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(install_once());
    ForkGuard::live_word().store(&live);
    order.clear();
  }
  void TearDown() override { EXPECT_EQ(ForkGuard::live_word().load(), &live) << "the parent's word is untouched"; }
};

TEST_F(Fork, ShowsAChildOfForkNothingLive) {
  const pid_t child = fork();
  if (child == 0) _exit(ForkGuard::live_word().load() == nullptr ? 0 : 1);
  EXPECT_EQ(exit_code_of(child), 0);
}

TEST_F(Fork, ShowsAChildOfARawForkNothingLiveAndRunsNoHook) {
  ASSERT_TRUE(ForkGuard::wiped_by_kernel());
  const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) syscall(SYS_exit_group, ForkGuard::live_word().load() == nullptr ? 0 : 1);
  EXPECT_EQ(exit_code_of(static_cast<pid_t>(child)), 0);
  EXPECT_EQ(order, "");
}

TEST_F(Fork, ShowsGrandchildrenNothingLive) {
  const pid_t child = fork();
  if (child == 0) {
    const pid_t grandchild = fork();
    if (grandchild == 0) _exit(ForkGuard::live_word().load() == nullptr ? 0 : 1);
    _exit(exit_code_of(grandchild));
  }
  EXPECT_EQ(exit_code_of(child), 0);
}

TEST_F(Fork, LetsAChildStartAfreshWithoutTouchingItsParent) {
  const pid_t child = fork();
  if (child == 0) {
    static int own = 0;
    ForkGuard::live_word().store(&own);
    const pid_t grandchild = fork();
    if (grandchild == 0) _exit(ForkGuard::live_word().load() == nullptr ? 0 : 2);
    const int code = exit_code_of(grandchild);
    _exit(ForkGuard::live_word().load() == &own ? code : 3);
  }
  EXPECT_EQ(exit_code_of(child), 0);
}

TEST_F(Fork, LeavesVforkAlone) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer turns vfork into fork";
#endif
  const pid_t child = vfork();
  if (child == 0) _exit(ForkGuard::live_word().load() == &live ? 0 : 1);  // it is still the parent's memory
  EXPECT_EQ(exit_code_of(child), 0);
  EXPECT_EQ(order, "");
}

TEST_F(Fork, RunsTheHooksInTheOrderOfPthreadAtfork) {
  const pid_t child = fork();
  if (child == 0) _exit(order == "1PacR3" && word_in_child == nullptr ? 0 : 1);
  EXPECT_EQ(exit_code_of(child), 0);
  EXPECT_EQ(order, "1PabQ2");
}

TEST_F(Fork, RefusesASecondOwner) {
  EXPECT_FALSE(ForkGuard::install({}));
  const pid_t child = fork();
  if (child == 0) _exit(order == "1PacR3" ? 0 : 1);
  EXPECT_EQ(exit_code_of(child), 0);
}

TEST_F(Fork, StillWorksThroughLibcOnAKernelThatCannotWipePages) {
  const pid_t child = fork();
  if (child == 0) {
    execl(PROBE_APP, PROBE_APP, "-", "no-wipe", nullptr);
    _exit(127);
  }
  const int code = exit_code_of(child);
  if (code == 77) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(code, 0);
}

TEST_F(Fork, KeepsItsWordWhileOtherThreadsFork) {
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread reader([&] {
    while (!stop) wrong += ForkGuard::live_word().load(std::memory_order_relaxed) != &live;
  });
  int bad_children = 0;
  for (int i = 0; i < 100; i++) {
    const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) syscall(SYS_exit_group, ForkGuard::live_word().load() == nullptr ? 0 : 1);
    bad_children += exit_code_of(static_cast<pid_t>(child)) != 0;
  }
  stop = true;
  reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(bad_children, 0);
}

}  // namespace
