// Can an application change settings by properties of the tracer, before its first buffer and after it?
// SPDX-License-Identifier: MPL-2.0
#include "../../../gstreamer/gst-pyroscope.h"
#include "live-settings.h"
#include "pipeline.h"

namespace pyro::test {
namespace {

GObject *tracer() { return G_OBJECT(gst_tracer_find("pyroscope")); }

int number(const char *name) {
  gint value = -1;
  g_object_get(tracer(), name, &value, nullptr);
  return value;
}

std::string text(const char *name) {
  gchar *value = nullptr;
  g_object_get(tracer(), name, &value, nullptr);
  const std::string copy(value ? value : "");
  g_free(value);
  return copy;
}

bool is_enabled() {
  gboolean value = FALSE;
  g_object_get(tracer(), "enabled", &value, nullptr);
  return value;
}

bool is_followed() {
  const wire::Control &control = own_segment()->control;
  return eventually([&] { return control.obeyed.load() == control.changes.load(); }, 60);
}

TEST(Properties, WhatIsSetBeforeTheFirstBufferIsWhatItBeginsWith) {
  if (own_segment()) GTEST_SKIP() << "another test was first in this process";
  EXPECT_EQ(number("sample-rate"), 100);
  EXPECT_TRUE(is_enabled());
  g_object_set(tracer(), "sample-rate", 50, "wall-rate", 7, "enabled", FALSE, nullptr);
  EXPECT_EQ(number("sample-rate"), 50);
  EXPECT_FALSE(is_enabled());
  EXPECT_EQ(own_segment(), nullptr) << "it starts nothing";
  BoxAndSink any("first");
  Feed(any.in).push(5);
  const wire::Control &control = own_segment()->control;
  EXPECT_EQ(control.sample_rate.load(), 50u);
  EXPECT_EQ(control.wall_rate.load(), 7u);
  EXPECT_EQ(control.enabled.load(), 0u);
  EXPECT_EQ(hop("first/box:sink").buffers, 0u);
}

TEST(Properties, ARunningProcessFollowsThem) {
  BoxAndSink boxed("running");
  Feed feed(boxed.in);
  feed.push(1);
  g_object_set(tracer(), "enabled", TRUE, "timing", "wrap", nullptr);
  ASSERT_TRUE(is_followed());
  feed.push(10);
  const uint64_t before = hop("running/box:sink").buffers;
  EXPECT_GE(before, 10u);
  g_object_set(tracer(), "enabled", FALSE, nullptr);
  ASSERT_TRUE(is_followed());
  feed.push(10);
  EXPECT_EQ(hop("running/box:sink").buffers, before);
  EXPECT_FALSE(is_enabled());
  g_object_set(tracer(), "enabled", TRUE, "timing", "off", nullptr);
  ASSERT_TRUE(is_followed());
  feed.push(10);
  EXPECT_EQ(hop("running/box:sink").buffers, before);
  g_object_set(tracer(), "timing", "wrap", "sample-rate", 250, "wall-rate", 0, "span-slow", "2.5", nullptr);
  ASSERT_TRUE(is_followed());
  feed.push(10);
  EXPECT_EQ(hop("running/box:sink").buffers, before + 10);
  EXPECT_EQ(number("sample-rate"), 250);
  EXPECT_EQ(number("wall-rate"), 0);
  EXPECT_EQ(text("timing"), "wrap");
  EXPECT_EQ(text("span-slow"), "2.5");
}

TEST(Properties, TheyShowWhatAnAgentChanged) {
  BoxAndSink any("agent");
  Feed(any.in).push(1);
  ASSERT_TRUE(change([](wire::Control &words) {
    words.sample_rate = 321;
    words.timing = wire::kTimingOff;
    words.span_threshold = wire::span_threshold(0.1);
  }));
  EXPECT_EQ(number("sample-rate"), 321);
  EXPECT_EQ(text("timing"), "off");
  EXPECT_EQ(text("span-ratio"), "0.1");
}

TEST(Properties, WhatMakesNoSenseOrIsNotPossibleChangesNothing) {
  BoxAndSink any("refused");
  Feed(any.in).push(1);
  const wire::Control &control = own_segment()->control;
  const uint32_t changes = control.changes.load();
  const std::string timing = text("timing"), ratio = text("span-ratio");
  g_object_set(tracer(), "timing", "sometimes", "span-ratio", "10", "span-slow", "often", nullptr);
  g_object_set(tracer(), "timing", "hooks", nullptr);
  if (control.cannot.load() & wire::kCannotTrace) g_object_set(tracer(), "span-ratio", "0.5", nullptr);
  EXPECT_EQ(control.changes.load(), changes);
  EXPECT_EQ(text("timing"), timing);
  EXPECT_EQ(text("span-ratio"), ratio);
}

}  // namespace
}  // namespace pyro::test
