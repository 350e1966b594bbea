// Does a target that ends wait for its agent as long as it is worth it, and never longer?
// SPDX-License-Identifier: MPL-2.0
#include "process/exit.h"

#include <sys/time.h>

#include <atomic>
#include <thread>

#include "probe.h"
#include "process/agent.h"
#include "process/process-stat.h"

namespace {

using namespace pyro;
using process::AgentState;

class Exit : public testing::Test {
 protected:
  void SetUp() override {
    int error = 0;
    mapping_ = wire::Mapping::create(&error);
    ASSERT_TRUE(mapping_) << strerror(error);
  }
  void TearDown() override {
    if (!mapping_) return;
    segment().life.target_state = wire::kTargetEnded;
    if (pid_ != 0) {
      EXPECT_TRUE(probe::poll_for(5000, [&] { return !process::process_runs(pid_); }));
    }
  }
  wire::Segment &segment() { return *mapping_->segment(); }
  wire::Life &life() { return segment().life; }

  void start(const char *part) {
    std::string why;
    ASSERT_TRUE(
        process::start_agent({{PROBE_AGENT, folder_.file("report"), part}, "the test"}, mapping_->fd(), {}, &why))
        << why;
    pid_ = process::started_agent();
  }
  void start_and_see(const char *part) {
    start(part);
    ASSERT_TRUE(probe::poll_for(10000, [&] { return life().agent_pid.load() != 0; }));
  }
  // Milliseconds that the wait took, and its answer.
  std::pair<double, bool> wait(unsigned timeout_ms) {
    const uint64_t begin = probe::now_ns();
    const bool done = process::wait_for_flush(segment(), timeout_ms);
    return {static_cast<double>(probe::now_ns() - begin) / 1e6, done};
  }

  probe::Folder folder_;
  std::optional<wire::Mapping> mapping_;
  pid_t pid_ = 0;
};

TEST_F(Exit, ReturnsAsSoonAsTheAgentAnswers) {
  start_and_see("answer");
  for (int i = 0; i < 20; i++) {
    const auto [ms, done] = wait(5000);
    EXPECT_TRUE(done);
    EXPECT_LT(ms, 1000);
  }
  EXPECT_EQ(life().flush_asked.load(), 20u);
  EXPECT_EQ(life().flush_done.load(), 20u);
}

TEST_F(Exit, WaitsForAnAgentThatIsStillStarting) {
  start("answer");
  EXPECT_TRUE(wait(10000).second);
}

TEST_F(Exit, GivesUpAtTheTimeoutWhenTheAgentDoesNotAnswer) {
  start_and_see("mute");
  const auto [ms, done] = wait(300);
  EXPECT_FALSE(done);
  EXPECT_GE(ms, 300);
  EXPECT_LT(ms, 1300);
}

TEST_F(Exit, OnlyAsksWhenTheTimeoutIsZero) {
  start_and_see("mute");
  const auto [ms, done] = wait(0);
  EXPECT_FALSE(done);
  EXPECT_LT(ms, 200);
  EXPECT_EQ(life().flush_asked.load(), 1u);
}

TEST_F(Exit, GivesUpAtOnceWhenTheAgentDies) {
  start_and_see("dies");
  const auto [ms, done] = wait(20000);
  EXPECT_FALSE(done);
  EXPECT_LT(ms, 5000);
}

TEST_F(Exit, GivesUpAtOnceWhenAnAgentWasKilledBeforeItSaidAWord) {
  start("hidden");
  kill(pid_, SIGKILL);
  const auto [ms, done] = wait(20000);
  EXPECT_FALSE(done);
  EXPECT_LT(ms, 5000);
}

TEST_F(Exit, DoesNotWaitWhenThereIsNoAgent) {
  // A child that forks off has started none: the one of another test is not its own.
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    int error = 0;
    auto own = wire::Mapping::create(&error);
    const uint64_t begin = probe::now_ns();
    const bool done = process::wait_for_flush(*own->segment(), 20000);
    _exit(done || probe::now_ns() - begin > 2'000'000'000 ? 1 : 0);
  }
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(Exit, DoesNotWaitForAnAgentThatLeftOrRefused) {
  start_and_see("mute");
  life().detached = 1;
  EXPECT_LT(wait(20000).first, 2000);
  life().detached = 0;
  life().refusal = wire::kRefusedVersion;
  EXPECT_LT(wait(20000).first, 2000);
}

TEST_F(Exit, IsNotProlongedBySignals) {
  start_and_see("mute");
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, nullptr);
  const itimerval every_ms{{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &every_ms, nullptr);
  const double ms = wait(300).first;
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  EXPECT_GE(ms, 300);
  EXPECT_LT(ms, 1300);
}

TEST_F(Exit, UnderstandsCountersThatWrapped) {
  life().flush_asked = 0xffffffffu;
  life().flush_done = 0xfffffffeu;
  life().agent_pid = static_cast<uint32_t>(getpid());
  life().agent_seen_ns = probe::now_ns();
  std::thread agent([&] {
    probe::poll_for(5000, [&] { return life().flush_asked.load() == 0; });
    life().flush_done = 0;
  });
  EXPECT_TRUE(wait(5000).second);
  agent.join();
}

TEST_F(Exit, TellsTheStatesOfAnAgentApart) {
  const auto state = [&](uint64_t now) { return process::agent_state(segment(), now); };
  start("hidden");
  EXPECT_EQ(state(probe::now_ns()), AgentState::kStarting);
  life().agent_pid = static_cast<uint32_t>(pid_);
  life().agent_seen_ns = probe::now_ns();
  EXPECT_EQ(state(probe::now_ns()), AgentState::kAlive);
  EXPECT_EQ(state(probe::now_ns() + process::kSilentNs + 1000000000), AgentState::kSilent);
  life().detached = 1;
  EXPECT_EQ(state(probe::now_ns()), AgentState::kLeft);
  life().detached = 0;
  kill(pid_, SIGKILL);
  EXPECT_TRUE(probe::poll_for(5000, [&] { return state(probe::now_ns()) == AgentState::kGone; }));
  // The next one has not spoken yet; the segment still holds the word of the dead one.
  start("hidden");
  EXPECT_EQ(state(probe::now_ns()), AgentState::kStarting);
}

TEST_F(Exit, DoesNotTakeAnotherProcessWithTheSameIdForTheAgent) {
  start("hidden");
  life().agent_pid = static_cast<uint32_t>(pid_);
  life().agent_seen_ns = 1;  // last seen at boot; the process is younger
  EXPECT_EQ(process::agent_state(segment(), probe::now_ns()), AgentState::kGone);
}

TEST(Container, IsSeenByPid1AndByChildrenOfAShellThatIsPid1) {
  const auto ask = [](std::vector<std::string> prefix, std::string tail) {
    const probe::Folder folder;
    prefix.push_back(std::string(PROBE_APP) + " " + folder.file("x") + " in-container" + tail);
    return probe::run(prefix);
  };
  if (probe::run({"unshare", "-pf", "--mount-proc", "true"}) != 0) GTEST_SKIP() << "no pid namespaces here";
  EXPECT_EQ(probe::run({"unshare", "-pf", "--mount-proc", PROBE_APP, "x", "in-container"}), 10) << "is PID 1";
  EXPECT_EQ(ask({"unshare", "-pf", "--mount-proc", "sh", "-c"}, "; exit $?"), 10) << "child of sh -c";
  // An init system outlives what it starts; only its name matters.
  const probe::Folder folder;
  ASSERT_EQ(probe::run({"cp", "/bin/sh", folder.file("systemd")}), 0);
  EXPECT_EQ(ask({"unshare", "-pf", "--mount-proc", folder.file("systemd"), "-c"}, "; exit $?"), 11);
}

TEST(Container, IsNotSeenOnAMachineOfOurOwn) {
  char space[64] = {};
  ASSERT_GT(readlink("/proc/self/ns/pid", space, sizeof space - 1), 0);
  if (std::string(space) != "pid:[4026531836]") GTEST_SKIP() << "these tests run in a container";
  EXPECT_FALSE(process::in_container_pid1());
}

}  // namespace
