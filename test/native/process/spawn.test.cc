// Is an agent started so that neither side sees anything of the other but the segment?
// SPDX-License-Identifier: MPL-2.0
#include "process/spawn.h"

#include <sys/prctl.h>

#include <algorithm>
#include <iterator>

#include "probe.h"
#include "process/agent.h"
#include "process/process-stat.h"

namespace {

using probe::Seen;

// What must hold under every condition in which the agent can be started.
void expect_clean_agent(Seen seen) {
  ASSERT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.app["started"], "1") << seen.app["why"];
  EXPECT_EQ(seen.app["reported"], "1");
  EXPECT_EQ(seen.agent["fds"], "4");
  for (const char *fd : {"fd0", "fd1", "fd2"}) EXPECT_EQ(seen.agent[fd], "/dev/null") << fd;
  EXPECT_EQ(seen.agent["fd3"].rfind("/memfd:gst-pyroscope", 0), 0u) << seen.agent["fd3"];
  EXPECT_EQ(seen.agent["pid"], seen.app["agent"]);
  EXPECT_EQ(seen.agent["sid"], seen.agent["pid"]);
  EXPECT_EQ(seen.agent["pgid"], seen.agent["pid"]);
  EXPECT_EQ(seen.agent["SigBlk"], "0000000000000000");
  EXPECT_EQ(seen.agent["SigIgn"], "0000000000000000");
  EXPECT_EQ(seen.agent["policy"], "0");
  EXPECT_EQ(seen.agent["env:PROBE_EXTRA"], "seen");
}

// What the application may see of it: nothing.
void expect_unseen(Seen seen) {
  EXPECT_EQ(seen.app["finished"], "1");
  EXPECT_EQ(seen.app["sigchld"], "0");
  EXPECT_EQ(seen.app["other_signals"], "0");
  EXPECT_EQ(seen.app["waited_pids"], "0");
  EXPECT_EQ(seen.app["waited_zero"], "0") << "waitpid(-1) saw a living child";
  EXPECT_EQ(seen.app["answer_echild"], "1") << "a loop that waits for all children would hang";
  EXPECT_EQ(seen.app["ended"], "1");
  EXPECT_EQ(seen.app["errno_kept"], "1");
  EXPECT_EQ(seen.app["mask_kept"], "1");
  EXPECT_EQ(seen.app["descriptors_kept"], "1");
  EXPECT_EQ(seen.app["atfork_runs"], "0");
}

void expect_orphan(Seen seen) {
  EXPECT_NE(seen.app["parent"], seen.app["self"]);
  EXPECT_EQ(seen.app["children"], "0");
}

class Conditions : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(Conditions, LeaveTheAgentCleanAndTheApplicationUndisturbed) {
  const Seen seen = probe::run_app(GetParam());
  if (seen.exit_code == 77) GTEST_SKIP() << "not permitted here";
  expect_clean_agent(seen);
  expect_unseen(seen);
  expect_orphan(seen);
}

INSTANTIATE_TEST_SUITE_P(
    Spawn, Conditions,
    testing::Values(std::vector<std::string>{}, std::vector<std::string>{"sigchld-handled"},
                    std::vector<std::string>{"sigchld-ignored"}, std::vector<std::string>{"sigint-ignored", "handlers"},
                    std::vector<std::string>{"all-blocked", "handlers"}, std::vector<std::string>{"stdin-closed"},
                    std::vector<std::string>{"stdio-closed"}, std::vector<std::string>{"fd3-used"},
                    std::vector<std::string>{"stdin-closed", "fd3-used", "sigchld-handled"},
                    std::vector<std::string>{"many-fds"}, std::vector<std::string>{"no-close-range", "many-fds"},
                    std::vector<std::string>{"no-pidfd"}, std::vector<std::string>{"realtime"},
                    std::vector<std::string>{"atfork", "sigchld-handled"},
                    std::vector<std::string>{"no-wait-loop", "sigchld-handled"}));

TEST(Spawn, GivesTheAgentToInitWhichReapsIt) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // we are its init
  Seen seen = probe::run_app({"sigchld-handled"});
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  EXPECT_EQ(seen.app["parent"], std::to_string(getpid()));
  const auto agent = static_cast<pid_t>(std::stol(seen.app["agent"]));
  int status = -1;
  EXPECT_TRUE(probe::poll_for(5000, [&] { return waitpid(agent, &status, WNOHANG) == agent; }));
  EXPECT_EQ(status, 0);
}

TEST(Spawn, KeepsTheAgentFromAProcessThatAdoptsOrphans) {
  Seen seen = probe::run_app({"subreaper", "sigchld-handled", "watch-zombie"});
  expect_clean_agent(seen);
  expect_unseen(seen);
  EXPECT_NE(seen.app["parent"], seen.app["self"]) << "the keeper is the agent's parent";
  EXPECT_EQ(seen.app["zombie"], "0") << "the keeper reaps it";
}

TEST(Spawn, KeepsTheAgentFromAProcessThatIsPid1) {
  if (probe::run({"unshare", "-pf", "--mount-proc", "true"}) != 0) GTEST_SKIP() << "no pid namespaces here";
  Seen seen = probe::run_app({"sigchld-handled", "watch-zombie"}, {"unshare", "-pf", "--mount-proc"});
  expect_clean_agent(seen);
  expect_unseen(seen);
  EXPECT_EQ(seen.app["self"], "1");
  EXPECT_EQ(seen.app["zombie"], "0");
}

TEST(Spawn, EndsTheKeeperWhenItsProcessIsReplacedByAnotherProgram) {
  // This process adopts the orphans of the application, and so sees the keeper go.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const probe::Folder folder;
  const pid_t app = fork();
  if (app == 0) {
    execl(PROBE_APP, PROBE_APP, folder.file("report").c_str(), "hidden", "subreaper", "no-wait-loop", "exec-after",
          nullptr);
    _exit(127);
  }
  pid_t agent = 0;
  ASSERT_TRUE(probe::poll_for(20000, [&] { return bool(std::ifstream(folder.file("report.agent")) >> agent); }));
  pyro::process::ProcessStat stat{};
  EXPECT_TRUE(probe::poll_for(5000,
                              [&] {  // the keeper looks once a second
                                return pyro::process::read_process_stat(agent, &stat) && stat.parent == app;
                              }))
      << "the agent's parent is " << stat.parent;
  kill(app, SIGKILL);
  kill(agent, SIGKILL);
  EXPECT_EQ(waitpid(app, nullptr, 0), app);
  probe::poll_for(3000, [] { return waitpid(-1, nullptr, WNOHANG) < 0; });
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(Spawn, FailsCleanlyWhenNoProcessMayBeMade) {
  Seen seen = probe::run_app({"no-processes", "no-wait-loop", "sigchld-handled"});
  if (seen.exit_code == 77) GTEST_SKIP() << "needs root to give up its rights";
  ASSERT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.app["started"], "0");
  EXPECT_NE(seen.app["why"].find("clone: Resource temporarily unavailable"), std::string::npos) << seen.app["why"];
  EXPECT_EQ(seen.app["agent"], "0");
  EXPECT_EQ(seen.app["sigchld"], "0");
  EXPECT_EQ(seen.app["descriptors_kept"], "1");
  EXPECT_EQ(seen.app["mask_kept"], "1");
}

TEST(Spawn, RemovesWhatWasMeantForTheApplicationFromTheEnvironment) {
  const Seen seen =
      probe::run_app({}, {}, "answer",
                     {"GST_TRACERS=pyroscope", "NODE_OPTIONS=--inspect", "NODE_CHANNEL_FD=3",
                      "GST_PYROSCOPE_HOST_PID=1", "LD_PRELOAD=", "PROBE_EXTRA=old", "PYROSCOPE_URL=kept"});
  for (const char *name : {"GST_TRACERS", "NODE_OPTIONS", "NODE_CHANNEL_FD", "GST_PYROSCOPE_HOST_PID", "LD_PRELOAD"})
    EXPECT_EQ(seen.agent.count(std::string("env:") + name), 0u) << name;
  EXPECT_EQ(seen.agent.at("env:PYROSCOPE_URL"), "kept");
  EXPECT_EQ(seen.agent.at("env:PROBE_EXTRA"), "seen");
}

TEST(Spawn, LeavesProxiesAndCertificatesInTheEnvironment) {
  const std::vector<std::string> kept = {
      "http_proxy=http://p:3128", "https_proxy=http://p:3128", "HTTPS_PROXY=http://p", "no_proxy=a.example",
      "NO_PROXY=b.example",       "NODE_EXTRA_CA_CERTS=/ca",   "SSL_CERT_FILE=/bundle"};
  const Seen seen = probe::run_app({}, {}, "answer", kept);
  for (const std::string &entry : kept) {
    const size_t end = entry.find('=');
    EXPECT_EQ(seen.agent.at("env:" + entry.substr(0, end)), entry.substr(end + 1)) << entry;
  }
}

TEST(Spawn, DoesNotHoldAPipeOpenThatTheApplicationWroteTo) {
  const probe::Folder folder;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t app = fork();
  if (app == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    execl(PROBE_APP, PROBE_APP, folder.file("report").c_str(), "hidden", nullptr);
    _exit(127);
  }
  close(ends[1]);
  ASSERT_TRUE(probe::poll_for(20000, [&] { return access(folder.file("report").c_str(), R_OK) == 0; }));
  kill(app, SIGKILL);
  EXPECT_EQ(waitpid(app, nullptr, 0), app);
  const auto agent = static_cast<pid_t>(std::stol(probe::read_lines(folder.file("report"))["pid"]));
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  char byte;
  EXPECT_TRUE(probe::poll_for(5000, [&] { return read(ends[0], &byte, 1) == 0; }))
      << "no end of file: somebody holds the pipe";
  close(ends[0]);
  kill(agent, SIGKILL);
}

TEST(Spawn, LetsTheAgentUseTheCpusAndTheMemoryThatItsStarterMayNot) {
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) GTEST_SKIP() << "one CPU";
  Seen seen = probe::run_app({"pinned"});
  expect_clean_agent(seen);
  EXPECT_GT(std::stoi(seen.agent["cpus"]), 1) << "a streaming thread's pinning is not meant for the agent";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  seen = probe::run_app({"small-memory"});
  expect_clean_agent(seen);
  EXPECT_EQ(seen.agent["address_space"], "1");
#endif
}

TEST(Spawn, IsNotDisturbedByAStormOfSignals) {
  for (const char *condition : {"no-wait-loop", "subreaper"}) {
    Seen seen = probe::run_app({"signal-storm", "sigchld-handled", condition});
    expect_clean_agent(seen);
    EXPECT_GT(std::stoi(seen.app["other_signals"]), 0);
    EXPECT_EQ(seen.app["sigchld"], "0");
    EXPECT_EQ(seen.app["mask_kept"], "1");
  }
}

TEST(Spawn, RunsARealNodeThatAnUnfitEnvironmentWouldStop) {
  const probe::Folder folder;
  folder.write(
      "agent.js",
      "const fs = require('fs');\n"
      "const out = process.env.PROBE_OUT;\n"
      "const fd = (n) => fs.readlinkSync('/proc/self/fd/' + n);\n"
      "fs.writeFileSync(out + '.new', `args=${process.argv.slice(2).join(' ')}\\nfd0=${fd(0)}\\nfd3=${fd(3)}\\n`);\n"
      "fs.renameSync(out + '.new', out);\n");
  std::string why;
  const auto command = pyro::process::find_agent(folder.file("agent.js"), "", "", &why);
  if (!command) GTEST_SKIP() << why;
  int error = 0;
  auto mapping = pyro::wire::Mapping::create(&error);
  ASSERT_TRUE(mapping);
  setenv("NODE_OPTIONS", "--no-such-option", 1);
  setenv("NODE_CHANNEL_FD", "3", 1);
  const bool started = pyro::process::start_agent(*command, mapping->fd(), {{"PROBE_OUT", folder.file("out")}}, &why);
  unsetenv("NODE_OPTIONS");
  unsetenv("NODE_CHANNEL_FD");
  ASSERT_TRUE(started) << why;
  EXPECT_TRUE(probe::poll_for(20000, [&] { return access(folder.file("out").c_str(), R_OK) == 0; }));
  auto lines = probe::read_lines(folder.file("out"));
  EXPECT_EQ(lines["args"], "agent --fd 3");
  EXPECT_EQ(lines["fd0"], "/dev/null");
  EXPECT_EQ(lines["fd3"].rfind("/memfd:gst-pyroscope", 0), 0u) << lines["fd3"];
  const pid_t agent = pyro::process::started_agent();
  EXPECT_TRUE(probe::poll_for(10000, [&] { return !pyro::process::process_runs(agent); }));
}

TEST(Spawn, SucceedsThoughSomebodyElseReapsTheHelper) {
  for (int i = 0; i < 10; i++) {
    Seen seen = probe::run_app({"wall-loop"});
    expect_clean_agent(seen);
  }
}

TEST(Spawn, ReapsAKeeperBeforeItStartsTheNextAgent) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const probe::Folder folder;
  int error = 0;
  auto mapping = pyro::wire::Mapping::create(&error);
  ASSERT_TRUE(mapping);
  for (int i = 0; i < 5; i++) {
    std::string why;
    ASSERT_TRUE(pyro::process::start_agent({{PROBE_AGENT, folder.file("report"), "hidden"}, "the test", PROBE_GUARD},
                                           mapping->fd(), {}, &why))
        << why;
    const pid_t agent = pyro::process::started_agent();
    pyro::process::ProcessStat stat{};
    ASSERT_TRUE(pyro::process::read_process_stat(agent, &stat));
    const pid_t keeper = stat.parent;
    EXPECT_NE(keeper, getpid());
    kill(agent, SIGKILL);
    EXPECT_TRUE(probe::poll_for(5000, [&] { return !pyro::process::process_runs(keeper); }))
        << "the keeper stays without agent";
    EXPECT_FALSE(pyro::process::read_process_stat(agent, &stat)) << "the agent is a zombie";
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "the keeper is an answer to waitpid(-1)";
  }
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  int zombies = 0;
  while (waitpid(-1, nullptr, WNOHANG | __WALL) > 0) zombies++;
  EXPECT_LE(zombies, 1) << "only the last keeper may wait for the next start";
}

// As under qemu-user. The child that it needs there cannot be hidden, but it is gone at once.
TEST(Spawn, WorksWhereOnlyChildrenThatSignalTheirEndMayBeMade) {
  for (const auto &more : std::vector<std::vector<std::string>>{{}, {"sigchld-ignored"}, {"subreaper"}}) {
    std::vector<std::string> conditions{"no-unusual-clone", "no-wait-loop"};
    conditions.insert(conditions.end(), more.begin(), more.end());
    Seen seen = probe::run_app(conditions);
    if (seen.exit_code == 77) GTEST_SKIP() << "not permitted here";
    expect_clean_agent(seen);
    EXPECT_EQ(seen.app["ended"], "1");
    if (!more.empty() && more[0] == "subreaper") continue;  // the agent is its child then
    EXPECT_EQ(seen.app["answer_echild"], "1") << "a loop that waits for all children would hang";
    expect_orphan(seen);
  }
}

TEST(Spawn, WorksUnderValgrind) {
  if (probe::run({"sh", "-c", "command -v valgrind >/dev/null"}) != 0) GTEST_SKIP() << "no valgrind here";
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "valgrind does not run sanitized programs";
#endif
  for (const char *condition : {"sigchld-handled", "subreaper"}) {
    Seen seen =
        probe::run_app({condition, "no-wait-loop"}, {"valgrind", "-q", "--trace-children=no", "--error-exitcode=9"});
    EXPECT_EQ(seen.exit_code, 0);
    EXPECT_EQ(seen.app["started"], "1") << seen.app["why"];
    EXPECT_EQ(seen.app["reported"], "1");
    EXPECT_EQ(seen.agent["fds"], "4");
  }
}

TEST(Spawn, NamesTheStepThatFailed) {
  char *const none[] = {nullptr};
  char name[] = "agent";
  char *const argv[] = {name, nullptr};
  const auto missing = pyro::process::spawn_unseen({"/nowhere/agent", argv, none, 0});
  EXPECT_EQ(missing.pid, 0);
  EXPECT_EQ(missing.error, ENOENT);
  EXPECT_STREQ(missing.step, "execve");
  const auto no_fd = pyro::process::spawn_unseen({"/bin/true", argv, none, 999});
  EXPECT_EQ(no_fd.error, EBADF);
  EXPECT_STREQ(no_fd.step, "dup3");
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Spawn, LeaksNothingInAThousandStarts) {
  char *const none[] = {nullptr};
  char name[] = "true";
  char *const argv[] = {name, nullptr};
  const auto count = [](const char *path) {
    std::ifstream in(path);
    return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
  };
  ASSERT_EQ(pyro::process::spawn_unseen({"/bin/true", argv, none, 0}).error, 0);
  const auto mappings = count("/proc/self/maps");
  const int lowest_free = dup(0);
  close(lowest_free);
  for (int i = 0; i < 1000; i++) ASSERT_EQ(pyro::process::spawn_unseen({"/bin/true", argv, none, 0}).error, 0) << i;
  EXPECT_LE(count("/proc/self/maps"), mappings + 2);
  const int after = dup(0);
  EXPECT_EQ(after, lowest_free);
  close(after);
}

}  // namespace
