// Is a process known by its state and its start, whatever it is called?
// SPDX-License-Identifier: MPL-2.0
#include "process/process-stat.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pyro::process {
namespace {

TEST(ProcessStat, says_of_this_process_what_the_system_calls_say) {
  ProcessStat stat{};
  ASSERT_TRUE(read_process_stat(getpid(), &stat));
  EXPECT_EQ(stat.parent, getppid());
  EXPECT_EQ(stat.state, 'R');
  EXPECT_GT(stat.start_ticks, 0u);
}

TEST(ProcessStat, a_name_of_blanks_and_parentheses_moves_no_field) {
  char before[16];
  prctl(PR_GET_NAME, before);
  ProcessStat plain{}, odd{};
  ASSERT_TRUE(read_process_stat(getpid(), &plain));
  prctl(PR_SET_NAME, ") R 1 (x");
  ASSERT_TRUE(read_process_stat(getpid(), &odd));
  prctl(PR_SET_NAME, before);
  EXPECT_STREQ(odd.comm, ") R 1 (x");
  EXPECT_EQ(odd.parent, plain.parent);
  EXPECT_EQ(odd.start_ticks, plain.start_ticks);
}

TEST(ProcessStat, a_zombie_runs_no_more_and_what_is_waited_for_is_nobody) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  ProcessStat stat{};
  EXPECT_TRUE(read_process_stat(child, &stat));
  EXPECT_EQ(stat.state, 'Z');
  EXPECT_FALSE(process_runs(child));
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(read_process_stat(child, &stat));
  EXPECT_FALSE(process_runs(child));
}

TEST(ProcessStat, no_process_has_a_number_that_is_not_positive) {
  EXPECT_FALSE(process_runs(0));
  EXPECT_FALSE(process_runs(-1));
  EXPECT_TRUE(process_runs(getpid()));
}

TEST(ProcessStat, a_file_longer_than_its_room_is_cut_and_ended) {
  char text[8];
  EXPECT_EQ(read_small_file("/proc/self/status", text, sizeof text), 7);
  EXPECT_STREQ(text, "Name:\tt");
  EXPECT_EQ(read_small_file("/proc/self/no-such-file", text, sizeof text), -1);
}

}  // namespace
}  // namespace pyro::process
