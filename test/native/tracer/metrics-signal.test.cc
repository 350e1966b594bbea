// Does the tracer say its metrics when asked, from any thread, with no agent and no port?
// SPDX-License-Identifier: MPL-2.0
#include <cstring>
#include <thread>
#include <vector>

#include "../../../gstreamer/gst-pyroscope.h"
#include "pipeline.h"

namespace pyro::test {
namespace {

std::string metrics(const char *signal = "request-metrics") {
  gchar *text = nullptr;
  g_signal_emit_by_name(gst_tracer_find("pyroscope"), signal, &text);
  EXPECT_NE(text, nullptr);
  const std::string copy(text ? text : "");
  g_free(text);
  return copy;
}

bool has_line(const std::string &text, const std::string &line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsSignal, TheTracerIsFoundByTheNameOfItsFactory) {
  GstTracer *tracer = gst_tracer_find("pyroscope");
  ASSERT_NE(tracer, nullptr);
  EXPECT_TRUE(GST_IS_TRACER(tracer));
  EXPECT_EQ(tracer, gst_tracer_find("pyroscope"));
  EXPECT_EQ(gst_tracer_find("prom-latency"), nullptr) << "there, but not asked for";
  EXPECT_EQ(gst_tracer_find("no-such-tracer"), nullptr);
}

TEST(MetricsSignal, BeforeAnyBufferTheTextIsEmpty) {
  if (own_segment()) GTEST_SKIP() << "another test was first in this process";
  EXPECT_EQ(metrics(), "");
  EXPECT_EQ(metrics("metrics"), "");
  EXPECT_EQ(thread_count(), 1) << "asking starts nothing";
}

TEST(MetricsSignal, CountsAreExactAndOfBothSignals) {
  Pipeline pipeline("counted",
                    "fakesrc num-buffers=123 sizetype=fixed sizemax=10 filltype=zero ! identity name=i ! "
                    "fakesink name=s");
  pipeline.run();
  const std::string labels = "{pipeline=\"counted\",path=\"counted/i\",element=\"i\",factory=\"identity\",pad=\"sink\"";
  for (const char *signal : {"request-metrics", "metrics"}) {
    const std::string text = metrics(signal);
    EXPECT_TRUE(has_line(text, "gst_pad_buffers_total" + labels + "} 123")) << text;
    EXPECT_TRUE(has_line(text, "gst_pad_bytes_total" + labels + "} 1230")) << text;
    EXPECT_TRUE(has_line(text, "gst_element_exclusive_seconds_count" + labels + "} 123")) << text;
    EXPECT_TRUE(has_line(text, "gst_pad_flow_total" + labels + ",flow=\"ok\"} 123")) << text;
  }
}

TEST(MetricsSignal, ThreadsMayAskWhilePipelinesComeAndGo) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> askers;
  std::atomic<int> asked{0};
  for (int i = 0; i < 2; i++)
    askers.emplace_back([&] {
      while (!stop) {
        const std::string text = metrics();
        EXPECT_TRUE(text.empty() || text.back() == '\n');
        asked++;
      }
    });
  for (int i = 0; i < 20; i++)
    Pipeline("live" + std::to_string(i), "fakesrc num-buffers=50 ! tee ! queue ! fakesink").run();
  EXPECT_TRUE(eventually([&] { return asked > 10; }));
  stop = true;
  for (std::thread &asker : askers) asker.join();
  EXPECT_NE(metrics().find("pipeline=\"live19\""), std::string::npos);
}

TEST(MetricsSignal, TheLatestTimeIsThatOfTheLatestCall) {
  Pipeline pipeline("latest",
                    "fakesrc num-buffers=2 ! identity name=i sleep-time=20000 ! fakesink sync=false async=false");
  pipeline.run();
  const Hop seen = hop("latest/i:sink");
  ASSERT_EQ(seen.invocations, 2u);
  EXPECT_GE(seen.last_ns, 20000000u);
  EXPECT_LE(seen.last_ns, seen.exclusive.max_ns);
}

}  // namespace
}  // namespace pyro::test
