// Is what the target says of itself true?
// SPDX-License-Identifier: MPL-2.0
#include "process/facts.h"

#include <time.h>

#include <fstream>
#include <map>

#include "probe.h"

namespace {

using pyro::process::container_id_in;

std::map<std::string, std::string> facts() {
  std::map<std::string, std::string> result;
  for (const auto &[key, value] : pyro::process::facts()) {
    EXPECT_TRUE(result.emplace(key, value).second) << key << " twice";
    EXPECT_FALSE(value.empty()) << key;
  }
  return result;
}

TEST(Facts, NameThisProcess) {
  auto all = facts();
  EXPECT_EQ(all["pid"], std::to_string(getpid()));
  char exe[4096] = {};
  ASSERT_GT(readlink("/proc/self/exe", exe, sizeof exe - 1), 0);
  EXPECT_EQ(all["executable"], exe);
  EXPECT_NE(all["command"].find("test_process"), std::string::npos);
  EXPECT_NE(all["argv0"].find("test_process"), std::string::npos);
  char space[64] = {};
  ASSERT_GT(readlink("/proc/self/ns/pid", space, sizeof space - 1), 0);
  EXPECT_EQ("pid:[" + all["pid_namespace"] + "]", space);
  EXPECT_FALSE(all["hostname"].empty());
  EXPECT_FALSE(all["kernel"].empty());
}

TEST(Facts, SayWhenTheProcessStarted) {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  const double started = std::stod(facts()["start_unix_ns"]) / 1e9;
  EXPECT_LE(started, static_cast<double>(t.tv_sec) + 1);
  EXPECT_GE(started, static_cast<double>(t.tv_sec) - 600) << "these tests take less than ten minutes";
}

TEST(Facts, SayTheTickOfTheKernel) {
  const long hz = std::stol(facts()["hz"]);
  EXPECT_TRUE(hz == 100 || hz == 250 || hz == 300 || hz == 1000) << hz;
}

TEST(Facts, CarryTheVariablesOfOpenTelemetryWithoutTheirSecrets) {
  setenv("OTEL_SERVICE_NAME", "encoder", 1);
  setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=live,api.key=SECRET", 1);
  setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1);
  auto all = facts();
  EXPECT_EQ(all["OTEL_SERVICE_NAME"], "encoder");
  EXPECT_EQ(all["OTEL_RESOURCE_ATTRIBUTES"], "deployment.environment=live,api.key=***");
  EXPECT_EQ(all["TRACEPARENT"], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  for (const char *name : {"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "TRACEPARENT"}) unsetenv(name);
  EXPECT_EQ(facts().count("TRACEPARENT"), 0u);
}

TEST(Facts, FindTheContainerInEveryUsualForm) {
  const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  EXPECT_EQ(container_id_in("12:pids:/docker/" + id + "\n"), id);
  EXPECT_EQ(container_id_in("0::/system.slice/docker-" + id + ".scope\n"), id);
  EXPECT_EQ(container_id_in("0::/kubepods/burstable/podf1a4/" + id + "\n"), id);
  EXPECT_EQ(container_id_in("0::/kubepods.slice/kubepods-pod12ab.slice/cri-containerd-" + id + ".scope\n"), id);
  EXPECT_EQ(container_id_in("0::/machine.slice/libpod-" + id + ".scope/container\n"), id);
  EXPECT_EQ(container_id_in("701 690 8:1 /var/lib/docker/containers/" + id + "/hostname /etc/hostname rw\n"), id);
  EXPECT_EQ(container_id_in("9:name=systemd:/\n0::/\n"), "");
  EXPECT_EQ(container_id_in("0::/docker/abc\n"), "");
  EXPECT_EQ(container_id_in("overlay upperdir=/var/lib/overlay2/" + id + "/diff"), "");
  EXPECT_EQ(container_id_in("0::/docker/" + id + "0\n"), "") << "65 digits are no id";
}

}  // namespace
