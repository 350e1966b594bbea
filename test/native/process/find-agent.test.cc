// Is the agent found where the documentation says, in that order, and is it said why when not?
// SPDX-License-Identifier: MPL-2.0
#include "process/find-agent.h"

#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <optional>

#include "probe.h"

namespace {

using pyro::process::AgentCommand;
using Words = std::vector<std::string>;

class FindAgent : public testing::Test {
 protected:
  void SetUp() override {
    for (const char *name : {"PATH", "GST_PYROSCOPE_NODE", "HOME", "NVM_DIR"})
      if (const char *value = getenv(name)) before_[name] = value;
    ASSERT_EQ(mkdir(folder_.file("bin").c_str(), 0755), 0);
    ASSERT_EQ(mkdir(folder_.file("plugin").c_str(), 0755), 0);
    setenv("PATH", folder_.file("bin").c_str(), 1);
    setenv("HOME", folder_.path().c_str(), 1);
    unsetenv("NVM_DIR");
    unsetenv("GST_PYROSCOPE_NODE");
    folder_.write("bin/node", "", 0755);
    node_ = folder_.file("bin/node");
  }
  void TearDown() override {
    for (const char *name : {"PATH", "GST_PYROSCOPE_NODE", "HOME", "NVM_DIR"}) {
      if (before_.count(name))
        setenv(name, before_[name].c_str(), 1);
      else
        unsetenv(name);
    }
  }
  std::optional<AgentCommand> find(const std::string &parameter = "", const std::string &env = "") {
    why_.clear();
    const auto found = pyro::process::find_agent(parameter, env, folder_.file("plugin"), &why_);
    EXPECT_EQ(found.has_value(), why_.empty()) << why_;
    return found;
  }
  Words by_node(const std::string &script) {
    return {node_, "--single-threaded", "--max-semi-space-size=1", script, "agent", "--fd", "3"};
  }
  Words direct(const std::string &program) { return {program, "agent", "--fd", "3"}; }

  probe::Folder folder_;
  std::map<std::string, std::string> before_;
  std::string node_, why_;
};

TEST_F(FindAgent, TakesTheFirstOfParameterEnvironmentPluginAndPath) {
  ASSERT_EQ(mkdir(folder_.file("dist").c_str(), 0755), 0);
  ASSERT_EQ(mkdir(folder_.file("plugin/sub").c_str(), 0755), 0);
  folder_.write("bin/gst-pyroscope", "", 0755);
  EXPECT_EQ(find()->argv, direct(folder_.file("bin/gst-pyroscope")));
  EXPECT_EQ(find()->found_by, "PATH");
  folder_.write("plugin/gst-pyroscope", "", 0755);
  EXPECT_EQ(find()->argv, direct(folder_.file("plugin/gst-pyroscope")));
  EXPECT_EQ(find()->found_by, "next to the plugin");
  folder_.write("env.js", "");
  EXPECT_EQ(find("", folder_.file("env.js"))->argv, by_node(folder_.file("env.js")));
  EXPECT_EQ(find("", folder_.file("env.js"))->found_by, "GST_PYROSCOPE_AGENT");
  folder_.write("given", "", 0755);
  EXPECT_EQ(find(folder_.file("given"), folder_.file("env.js"))->argv, direct(folder_.file("given")));
  EXPECT_EQ(find(folder_.file("given"), "")->found_by, "parameter agent");
}

TEST_F(FindAgent, TakesTheEntryOfCommonJsThatLiesBesideAnother) {
  ASSERT_EQ(mkdir(folder_.file("dist").c_str(), 0755), 0);
  folder_.write("dist/cli.js", "", 0755);
  folder_.write("dist/other.js", "");
  folder_.write("dist/other.cjs", "");
  EXPECT_EQ(find(folder_.file("dist/cli.js"))->argv, by_node(folder_.file("dist/cli.js")));
  folder_.write("dist/cli.cjs", "");
  EXPECT_EQ(find(folder_.file("dist/cli.js"))->argv, by_node(folder_.file("dist/cli.cjs")));
  EXPECT_EQ(find(folder_.file("dist/other.js"))->argv, by_node(folder_.file("dist/other.js")));
  ASSERT_EQ(symlink(folder_.file("dist/cli.js").c_str(), folder_.file("bin/gst-pyroscope").c_str()), 0);
  EXPECT_EQ(find()->argv, by_node(folder_.file("dist/cli.cjs")));
  ASSERT_EQ(unlink(folder_.file("dist/cli.cjs").c_str()), 0);
  ASSERT_EQ(mkdir(folder_.file("dist/cli.cjs").c_str(), 0755), 0);
  EXPECT_EQ(find(folder_.file("dist/cli.js"))->argv, by_node(folder_.file("dist/cli.js")));
}

TEST_F(FindAgent, FindsTheBuildTreeFromThePlugin) {
  ASSERT_EQ(mkdir(folder_.file("dist").c_str(), 0755), 0);
  ASSERT_EQ(mkdir(folder_.file("build").c_str(), 0755), 0);
  ASSERT_EQ(mkdir(folder_.file("build/plugin").c_str(), 0755), 0);
  folder_.write("dist/cli.js", "");
  const auto found = pyro::process::find_agent("", "", folder_.file("build/plugin"), &why_);
  ASSERT_TRUE(found) << why_;
  EXPECT_EQ(found->argv, by_node(folder_.file("dist/cli.js")));
}

TEST_F(FindAgent, FindsTheAgentOfNpmsFoldersFromThePackageOfThePlatform) {
  struct Layout {
    const char *agent, *platform;
  };
  const Layout layouts[] = {
      {"project/node_modules/gst-pyroscope", "project/node_modules/@gst-pyroscope/linux-x64-gnu"},
      {"lib/gst-pyroscope", "lib/gst-pyroscope/node_modules/@gst-pyroscope/linux-x64-gnu"},  // npm install -g
  };
  // A program of somebody else, in a project that is built as ours is.
  ASSERT_TRUE(std::filesystem::create_directories(folder_.file("project/dist")));
  folder_.write("project/dist/cli.js", "");
  for (const Layout &layout : layouts) {
    const std::string dist = layout.agent + std::string("/dist");
    ASSERT_TRUE(std::filesystem::create_directories(folder_.file(dist)));
    ASSERT_TRUE(std::filesystem::create_directories(folder_.file(layout.platform)));
    folder_.write(dist + "/cli.js", "");
    const auto found = pyro::process::find_agent("", "", folder_.file(layout.platform), &why_);
    ASSERT_TRUE(found) << why_;
    EXPECT_EQ(found->argv, by_node(folder_.file(dist + "/cli.js")));
    EXPECT_EQ(found->found_by, "next to the plugin");
  }
}

TEST_F(FindAgent, FollowsTheLinkThatNpmPutsIntoPath) {
  folder_.write("cli.js", "#!/usr/bin/env node\n", 0755);
  ASSERT_EQ(symlink(folder_.file("cli.js").c_str(), folder_.file("bin/gst-pyroscope").c_str()), 0);
  EXPECT_EQ(find()->argv, by_node(folder_.file("cli.js")));
}

TEST_F(FindAgent, NeverReplacesWhatWasAskedForByTheNext) {
  folder_.write("bin/gst-pyroscope", "", 0755);
  EXPECT_FALSE(find("/nowhere/agent"));
  EXPECT_EQ(why_, "the agent /nowhere/agent (parameter agent) does not exist");
  folder_.write("plain", "", 0644);
  EXPECT_FALSE(find("", folder_.file("plain")));
  EXPECT_EQ(why_, "the agent " + folder_.file("plain") + " (GST_PYROSCOPE_AGENT) is not executable");
  EXPECT_FALSE(find(folder_.path()));
  EXPECT_EQ(why_, "the agent " + folder_.path() + " (parameter agent) is not a file");
  EXPECT_FALSE(find("no-such-name"));
  EXPECT_EQ(why_, "the agent no-such-name (parameter agent) is not in PATH");
}

TEST_F(FindAgent, SaysWhereItLookedWhenThereIsNone) {
  EXPECT_FALSE(find());
  EXPECT_NE(why_.find("GST_PYROSCOPE_AGENT"), std::string::npos) << why_;
}

TEST_F(FindAgent, TakesTheNodeThatWasAskedForOrNone) {
  folder_.write("agent.js", "");
  folder_.write("othernode", "", 0755);
  setenv("GST_PYROSCOPE_NODE", folder_.file("othernode").c_str(), 1);
  EXPECT_EQ(find(folder_.file("agent.js"))->argv[0], folder_.file("othernode"));
  setenv("GST_PYROSCOPE_NODE", "/nowhere/node", 1);
  EXPECT_FALSE(find(folder_.file("agent.js")));
  EXPECT_EQ(why_, "GST_PYROSCOPE_NODE=/nowhere/node does not exist");
}

// In a mount namespace of its own: there the machine's Node is out of sight.
TEST_F(FindAgent, TakesTheNewestOfNvmWhenNodeIsNowhereElse) {
  folder_.write("agent.js", "");
  ASSERT_EQ(unlink(node_.c_str()), 0);
  for (const char *version : {"v9.1.0", "v20.2.0", "v100.empty"}) {
    const std::string bin = ".nvm/versions/node/" + std::string(version) + "/bin";
    ASSERT_TRUE(std::filesystem::create_directories(folder_.file(bin)));
    if (version[1] != '1') folder_.write(bin + "/node", "", 0755);
  }
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(77);
    for (const char *place : {"/usr/bin", "/usr/local/bin"})
      if (mount("none", place, "tmpfs", 0, nullptr) != 0) _exit(77);
    const auto found = find(folder_.file("agent.js"));
    _exit(found && found->argv[0] == folder_.file(".nvm/versions/node/v20.2.0/bin/node") ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no mount namespaces here";
  EXPECT_EQ(status, 0);
}

TEST_F(FindAgent, WithoutANodeSaysWhichIsNeededAndHowToGetIt) {
  folder_.write("agent.js", "");
  ASSERT_EQ(unlink(node_.c_str()), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(77);
    for (const char *place : {"/usr/bin", "/usr/local/bin"})
      if (mount("none", place, "tmpfs", 0, nullptr) != 0) _exit(77);
    const bool found = find(folder_.file("agent.js")).has_value();
    const bool says = why_.find(pyro::process::kNodeNeeded) != std::string::npos;
    _exit(!found && says && why_.find("GST_PYROSCOPE_NODE") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no mount namespaces here";
  EXPECT_EQ(status, 0);
}

TEST_F(FindAgent, RunsNothingFromTheCurrentDirectoryBecauseOfAnOddPath) {
  folder_.write("gst-pyroscope", "", 0755);
  char here[4096];
  ASSERT_NE(getcwd(here, sizeof here), nullptr);
  ASSERT_EQ(chdir(folder_.path().c_str()), 0);
  for (const char *path : {"", ":", ".", "::/nowhere", "bin:."}) {
    setenv("PATH", path, 1);
    EXPECT_FALSE(find()) << path;
  }
  EXPECT_EQ(chdir(here), 0);
}

TEST_F(FindAgent, MakesARelativeAnswerAbsolute) {
  folder_.write("agent.js", "");
  char here[4096];
  ASSERT_NE(getcwd(here, sizeof here), nullptr);
  ASSERT_EQ(chdir(folder_.path().c_str()), 0);
  EXPECT_EQ(find("./agent.js")->argv, by_node(folder_.file("agent.js")));
  EXPECT_EQ(find("agent.js")->argv, by_node(folder_.file("agent.js")));
  EXPECT_EQ(chdir(here), 0);
}

}  // namespace
