// What does a whole program under GST_TRACERS do: does it run as before, is the tracer there, and what does it say?
// SPDX-License-Identifier: MPL-2.0
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "pipeline.h"

namespace pyro::test {
namespace {

// One run of a program with the witness in it (segment-witness.cc).
struct Ended {
  int code = -1;
  std::string said;  // stdout and stderr
  bool loaded = false, session = false;
  uint64_t calls = 0;

  // Lines of our category. GStreamer prints those of the whole process.
  int lines() const {
    std::istringstream text(said);
    int count = 0;
    for (std::string line; std::getline(text, line);) count += line.find(" pyroscope ") != std::string::npos;
    return count;
  }
};

using Environment = std::map<std::string, std::string>;

void read_witness(const std::string &path, Ended &run) {
  std::ifstream log(path);
  std::string program, buffers;
  if (log >> program >> run.loaded >> run.session) log >> run.calls >> buffers;
}

Ended run_under(const std::string &tracers, const std::string &command, const Environment &more = {}) {
  const std::string log = std::string(BUILD_DIR "/tests/witness-") + std::to_string(g_random_int());
  gchar **environment = g_get_environ();
  Environment all{{"GST_TRACERS", tracers},
                  {"LD_PRELOAD", WITNESS_FILE},
                  {"SEGMENT_WITNESS_LOG", log},
                  {"GST_DEBUG_NO_COLOR", "1"}};
  all.insert(more.begin(), more.end());
  for (const auto &[name, value] : all) environment = g_environ_setenv(environment, name.c_str(), value.c_str(), TRUE);
  gchar **words = nullptr;
  EXPECT_TRUE(g_shell_parse_argv(command.c_str(), nullptr, &words, nullptr)) << command;
  gchar *out = nullptr, *err = nullptr;
  int status = 0;
  EXPECT_TRUE(
      g_spawn_sync(nullptr, words, environment, G_SPAWN_SEARCH_PATH, nullptr, nullptr, &out, &err, &status, nullptr))
      << command;
  Ended run;
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.said = std::string(out ? out : "") + (err ? err : "");
  read_witness(log, run);
  remove(log.c_str());
  g_free(out);
  g_free(err);
  g_strfreev(words);
  g_strfreev(environment);
  return run;
}

const char *const kTwoBuffers = "gst-launch-1.0 -q fakesrc num-buffers=2 ! identity ! fakesink";

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOADABLE() GTEST_SKIP() << "other programs cannot load a plugin that needs a sanitizer"
#else
#define LOADABLE() (void)0
#endif

TEST(Loading, WhateverStandsInGstTracersTheProgramRunsAndTheTracerIsThere) {
  LOADABLE();
  struct Row {
    const char *tracers;
    int lines;  // said by the tracer, one for each thing it could not use
  };
  const Row table[] = {
      {"pyroscope", 0},
      {"pyroscope()", 0},
      {"pyroscope(", 0},
      {"pyroscope(sample-rate=50", 0},
      {"pyroscope(sample-rate=50)", 0},
      {"pyroscope(sample-rate=0)", 1},
      {"pyroscope(sample-rate=-1)", 1},
      {"pyroscope(sample-rate=1000000)", 1},
      {"pyroscope(sample-rate=fast)", 1},
      {"pyroscope(bogus=1)", 1},
      {"pyroscope(nonsense)", 1},
      {"pyroscope(tags=a=b,c=d)", 0},
      {"pyroscope(tags=\"a=b,c=d\")", 0},
      {"pyroscope(tags=\"a=b;c=d\")", 0},
      {"pyroscope(tags=\"a=(b)\")", 0},
      {"pyroscope(server-url=http://u:hunter2@h:4040/p?y=1)", 0},
      {"pyroscope(sample-rate=http://u:hunter2@h)", 1},
      {"pyroscope(sample-rate=-1,bogus=1)", 2},
      {"pyroscope;no-such-tracer", 0},
      {"prometheus-latency-tracer", 0},
      {"prometheus-latency-tracer(flags=pipeline+element+reported)", 0},
      {"prometheus-latency-tracer(flags=pipeline+elements)", 1},
      {"prometheus-latency-tracer(port=80000)", 1},
      {"prom-latency(flags=element,filters=\"GstElement,GstPad\",port=0)", 0},
      {"prom-latency(server-port=0)", 1},
      {"prom-latency;pyroscope;prometheus-latency-tracer", 0},
  };
  for (const Row &row : table) {
    const Ended run = run_under(row.tracers, kTwoBuffers);
    EXPECT_EQ(run.code, 0) << row.tracers << "\n" << run.said;
    EXPECT_TRUE(run.session) << row.tracers;
    EXPECT_EQ(run.calls, 4u) << row.tracers;
    EXPECT_EQ(run.lines(), row.lines) << row.tracers << "\n" << run.said;
    EXPECT_EQ(run.said.find("hunter2"), std::string::npos) << run.said;
  }
}

TEST(Loading, OfTwoTracersTheOneThatWasToldATimingCounts) {
  const Ended run = run_under("pyroscope;pyroscope(timing=off)", kTwoBuffers);
  EXPECT_EQ(run.code, 0) << run.said;
  EXPECT_TRUE(run.session);
  EXPECT_EQ(run.calls, 0u);
  EXPECT_EQ(run.lines(), 0) << run.said;
}

TEST(Loading, TimingOffTimesNothingAndStillStarts) {
  LOADABLE();
  const Ended run = run_under("pyroscope(timing=off)", kTwoBuffers);
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(run.session);
  EXPECT_EQ(run.calls, 0u);
}

TEST(Loading, DisabledItDoesNothingAtAll) {
  LOADABLE();
  const Ended run = run_under("pyroscope", kTwoBuffers, {{"GST_PYROSCOPE_DISABLE", "1"}});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(run.loaded);
  EXPECT_FALSE(run.session);
  EXPECT_EQ(run.lines(), 0);
  EXPECT_TRUE(run_under("pyroscope", kTwoBuffers, {{"GST_PYROSCOPE_DISABLE", "0"}}).session) << "0 is no";
}

TEST(Loading, InspectionStartsNothing) {
  LOADABLE();
  for (const char *command :
       {"gst-inspect-1.0 pyroscope", "gst-inspect-1.0 decodebin", "gst-inspect-1.0 identity", "gst-inspect-1.0"}) {
    const Ended run = run_under("pyroscope", command);
    EXPECT_EQ(run.code, 0) << command;
    EXPECT_TRUE(run.loaded) << command;
    EXPECT_FALSE(run.session) << command;
  }
}

TEST(Loading, InspectionShowsEveryOptionAsAProperty) {
  LOADABLE();
  const Ended run = run_under("pyroscope", "gst-inspect-1.0 --plugin pyroscope");
  EXPECT_EQ(run.code, 0);
  EXPECT_NE(run.said.find("MPL"), std::string::npos);
}

TEST(Loading, WithoutAnAgentBuffersAreStillTimedAndOneSentenceSaysSo) {
  LOADABLE();
  const Ended run =
      run_under("pyroscope(agent=/nonexistent/agent)",
                "gst-launch-1.0 -q fakesrc num-buffers=100 ! identity ! fakesink", {{"GST_PYROSCOPE_HOST_PID", ""}});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.calls, 200u);
  EXPECT_EQ(run.lines(), 1) << run.said;
}

TEST(Loading, AFreshRegistryLosesNoPluginToIt) {
  LOADABLE();
  // Static thread-local storage is scarce: a tracer that takes much of it keeps other plugins from loading.
  const auto features = [](const std::string &tracers) {
    const std::string registry = std::string(BUILD_DIR "/tests/fresh-") + std::to_string(g_random_int());
    const Ended run =
        run_under(tracers, "gst-inspect-1.0",
                  {{"GST_REGISTRY_1_0", registry}, {"GST_REGISTRY", registry}, {"GST_REGISTRY_FORK", "no"}});
    remove(registry.c_str());
    const size_t total = run.said.rfind("Total count:");
    return total == std::string::npos ? run.said : run.said.substr(total);
  };
  const std::string with = features("pyroscope");
  EXPECT_EQ(with.rfind("Total count:", 0), 0u) << with;
  EXPECT_EQ(with, features(""));
}

}  // namespace
}  // namespace pyro::test
