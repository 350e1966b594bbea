// Is somebody beside an agent that is not up yet, and nobody beside one that is?
// SPDX-License-Identifier: MPL-2.0
#include <dirent.h>

#include <iterator>
#include <optional>

#include "probe.h"
#include "process/agent.h"
#include "process/process-stat.h"

namespace {

using pyro::process::process_runs;

std::string text_of(const std::string &path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string target_of(const std::string &link) {
  char text[256];
  const ssize_t n = readlink(link.c_str(), text, sizeof text);
  return n > 0 ? std::string(text, static_cast<size_t>(n)) : "";
}

// Whose end a descriptor tells of.
pid_t pid_in(const std::string &fdinfo) {
  const std::string text = text_of(fdinfo);
  const size_t at = text.find("Pid:\t");
  return at == std::string::npos ? 0 : static_cast<pid_t>(std::stol(text.substr(at + 5)));
}

// The guard that was started with this in its environment; 0 = there is none.
pid_t guard_with(const std::string &mark) {
  pid_t found = 0;
  DIR *dir = opendir("/proc");
  while (const dirent *entry = dir ? readdir(dir) : nullptr) {
    const std::string place = std::string("/proc/") + entry->d_name;
    if (text_of(place + "/comm") != "gst-pyro-guard\n") continue;
    if (text_of(place + "/environ").find(mark) != std::string::npos) found = atoi(entry->d_name);
  }
  if (dir) closedir(dir);
  return found;
}

// An agent started by this process, which plays a part of probe_agent.
class Guard : public testing::Test {
 protected:
  void start(const std::string &part, const std::string &guard = PROBE_GUARD) {
    int error = 0;
    mapping_ = pyro::wire::Mapping::create(&error);
    ASSERT_TRUE(mapping_);
    std::string why;
    ASSERT_TRUE(pyro::process::start_agent({{PROBE_AGENT, folder_.file("report"), part}, "the test", guard},
                                           mapping_->fd(), {{"PROBE_GUARDED", folder_.path()}}, &why))
        << why;
    agent_ = pyro::process::started_agent();
  }
  ~Guard() override {
    if (agent_ != 0) kill(agent_, SIGKILL);
  }
  pid_t guard() const { return guard_with("PROBE_GUARDED=" + folder_.path()); }
  bool guard_comes() const {
    return probe::poll_for(10000, [&] { return guard() != 0; });
  }
  bool guard_goes() const {
    return probe::poll_for(10000, [&] { return guard() == 0; });
  }

  const probe::Folder folder_;
  std::optional<pyro::wire::Mapping> mapping_;
  pid_t agent_ = 0;
};

TEST_F(Guard, StaysBesideAnAgentThatSaysNothingAndGoesWithIt) {
  start("hidden");
  ASSERT_TRUE(guard_comes());
  const pid_t guard_pid = guard();
  kill(agent_, SIGKILL);
  EXPECT_TRUE(probe::poll_for(10000, [&] { return !process_runs(guard_pid); }));
}

TEST_F(Guard, LeavesAnAgentThatIsUp) {
  start("answer");
  ASSERT_TRUE(probe::poll_for(10000, [&] { return mapping_->segment()->life.agent_pid != 0; }));
  EXPECT_TRUE(guard_goes());
  EXPECT_TRUE(process_runs(agent_));
}

TEST_F(Guard, HoldsTheSegmentAndBothProcessesAndNothingElse) {
  start("hidden");
  ASSERT_TRUE(guard_comes());
  const std::string place = "/proc/" + std::to_string(guard());
  for (const char *fd : {"/fd/0", "/fd/1", "/fd/2"}) EXPECT_EQ(target_of(place + fd), "/dev/null");
  EXPECT_EQ(target_of(place + "/fd/3").rfind("/memfd:gst-pyroscope", 0), 0u);
  const auto watched = [&](const char *fd) { return pid_in(place + "/fdinfo/" + fd); };
  EXPECT_EQ(watched("4"), agent_);
  EXPECT_EQ(watched("5"), getpid());
  EXPECT_EQ(target_of(place + "/fd/6"), "");
  const std::string status = text_of(place + "/status");
  EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("SigIgn:\t0000000000000000"), std::string::npos) << status;
}

TEST_F(Guard, EndsAStoppedAgentWhoseTargetHasEnded) {
  const pid_t target = fork();
  if (target == 0) {
    start("hidden");
    kill(agent_, SIGSTOP);
    std::ofstream(folder_.file("agent")) << agent_ << std::endl;
    for (;;) pause();
  }
  ASSERT_TRUE(probe::poll_for(20000, [&] { return bool(std::ifstream(folder_.file("agent")) >> agent_); }));
  ASSERT_TRUE(guard_comes());
  kill(target, SIGKILL);
  ASSERT_EQ(waitpid(target, nullptr, 0), target);
  EXPECT_TRUE(process_runs(agent_)) << "it may come up yet";
  EXPECT_TRUE(probe::poll_for(60000, [&] { return !process_runs(agent_); }));
  EXPECT_TRUE(guard_goes());
}

TEST_F(Guard, IsNotNeededForAStart) {
  start("answer", "/nowhere/gst-pyro-guard");
  EXPECT_TRUE(probe::poll_for(10000, [&] { return mapping_->segment()->life.agent_pid != 0; }));
  EXPECT_EQ(guard(), 0);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(GuardProgram, IsFoundBesideThePlugin) {
  const probe::Folder folder;
  folder.write("agent", "#!/bin/sh\n", 0755);
  std::string why;
  EXPECT_EQ(pyro::process::find_agent(folder.file("agent"), "", folder.path(), &why)->guard, "");
  folder.write("gst-pyro-guard", "", 0644);
  EXPECT_EQ(pyro::process::find_agent(folder.file("agent"), "", folder.path(), &why)->guard, "") << "it cannot be run";
  folder.write("gst-pyro-guard", "", 0755);
  const std::string guard = pyro::process::find_agent(folder.file("agent"), "", folder.path(), &why)->guard;
  EXPECT_EQ(guard.substr(guard.rfind('/')), "/gst-pyro-guard");
  EXPECT_EQ(guard.front(), '/');
}

}  // namespace
