// Is a stream's name found in what a sink is told, and nothing that is secret?
#include "tracer/published.h"

#include <gtest/gtest.h>

namespace pyro::tracer {
namespace {

TEST(Published, APathsNameIsItsLastPartThatIsNoUsualWord) {
  const auto name = [](const char *path) { return published_name("GstHlsSink2", path); };
  EXPECT_EQ(name("/srv/hls/demo/playlist.m3u8"), "demo");
  EXPECT_EQ(name("/srv/hls/demo.m3u8"), "demo");
  EXPECT_EQ(name("demo.v2.m3u8"), "demo.v2");
  EXPECT_EQ(name("/var/www/html/live/cam-1/hls/index.m3u8"), "cam-1");
  EXPECT_EQ(name("/tmp/hls/playlist.m3u8"), "");
  EXPECT_EQ(name(""), "");
  EXPECT_EQ(name("////"), "");
  EXPECT_EQ(name("/a b/\x01/playlist.m3u8"), "");
  EXPECT_EQ(name(("/" + std::string(500, 'x') + "/playlist.m3u8").c_str()), "");
  EXPECT_EQ(published_name("GstDashSink", "news.mpd"), "news");
}

TEST(Published, AKeyAUserAndAQueryAreNoNames) {
  EXPECT_EQ(published_name("GstRtmp2Sink", "rtmp://u:p@host/app/s3cr3t"), "app");
  EXPECT_EQ(published_name("GstRtmp2Sink", "rtmp://host/s3cr3t"), "");
  EXPECT_EQ(published_name("GstRtmp2Sink", "rtmp://host/app?key=s3cr3t/x"), "");
  EXPECT_EQ(published_name("GstSRTSink", "#!::u=me,r=live/cam1,s=s3cr3t"), "cam1");
  EXPECT_EQ(published_name("GstSRTSink", "publish:cam1:me:s3cr3t"), "");
  EXPECT_EQ(published_name("GstSRTSink", "#!::m=publish"), "");
}

TEST(Published, OnlyTheTablesTypesAreAsked) {
  EXPECT_STREQ(publishing_property("GstHlsSink2"), "playlist-location");
  EXPECT_STREQ(publishing_property("GstSRTSink"), "streamid");
  EXPECT_EQ(publishing_property("GstFileSink"), nullptr);
  EXPECT_EQ(publishing_property(""), nullptr);
  EXPECT_EQ(published_name("GstFileSink", "/srv/hls/demo.m3u8"), "");
}

}  // namespace
}  // namespace pyro::tracer
