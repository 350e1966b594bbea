// Is a warning heard where GST_DEBUG was never set, and is a person who names our category left to decide alone?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/log.h"

#include <gtest/gtest.h>

#include "said.h"

namespace pyro::test {
namespace {

using Lines = std::vector<std::string>;

// As at GStreamer's default level, before any tracer was made. log_init() works once a process.
void begin(GstDebugLevel level, const char *debug) {
  g_unsetenv("GST_DEBUG");
  if (debug) g_setenv("GST_DEBUG", debug, TRUE);
  gst_debug_category_set_threshold(category_named("pyroscope"), level);
  tracer::log_init();
}

TEST(Log, AtTheDefaultLevelWarningsAreSaidAndNothingElse) {
  begin(GST_LEVEL_ERROR, nullptr);
  Said said;
  tracer::warn("100 % of it");
  tracer::info("unheard");
  tracer::detail("unheard");
  EXPECT_EQ(said.lines(), Lines{"WARN 100 % of it"});
}

TEST(Log, AHigherLevelIsNotLowered) {
  begin(GST_LEVEL_LOG, nullptr);
  Said said;
  tracer::warn("a");
  tracer::info("b");
  tracer::detail("c");
  EXPECT_EQ(said.lines(), (Lines{"WARN a", "INFO b", "LOG c"}));
}

TEST(Log, APersonWhoNamesTheCategoryDecidesAlone) {
  begin(GST_LEVEL_ERROR, "GST_PADS:3,pyroscope:1");
  Said said;
  tracer::warn("unheard");
  EXPECT_EQ(said.lines(), Lines{});
}

TEST(Log, NothingIsSaidBeforeTheBeginNorBehindTheEnd) {
  gst_debug_category_set_threshold(category_named("pyroscope"), GST_LEVEL_LOG);
  Said said;
  tracer::warn("too early");
  EXPECT_FALSE(tracer::records_wanted());
  begin(GST_LEVEL_LOG, nullptr);
  tracer::warn("heard");
  tracer::log_close();
  tracer::warn("too late");
  tracer::record("too late");
  EXPECT_EQ(said.lines(), Lines{"WARN heard"});
}

TEST(Log, RecordsGoToTheCategoryOfTracersWhereThatIsTraced) {
  begin(GST_LEVEL_ERROR, nullptr);
  GstDebugCategory *tracers = category_named("GST_TRACER");
  ASSERT_NE(tracers, nullptr);
  Said said;
  gst_debug_category_set_threshold(tracers, GST_LEVEL_LOG);
  EXPECT_FALSE(tracer::records_wanted());
  tracer::record("unheard");
  gst_debug_category_set_threshold(tracers, GST_LEVEL_TRACE);
  EXPECT_TRUE(tracer::records_wanted());
  tracer::record("element-time, count=1");
  EXPECT_EQ(said.lines(), Lines{"TRACE element-time, count=1;"});
}

}  // namespace
}  // namespace pyro::test
