// Do caps become words that describe a format, and never what could be a key, an address or data?
// SPDX-License-Identifier: MPL-2.0
#include "pads/streams/media.h"

#include <gtest/gtest.h>

namespace pyro::pads {
namespace {

std::string shown(const char *text) {
  gst_init(nullptr, nullptr);
  GstCaps *caps = gst_caps_from_string(text);
  EXPECT_NE(caps, nullptr) << text;
  const std::string words = text_of(caps);
  gst_caps_unref(caps);
  return words;
}

TEST(Media, IsWrittenAsCapsAre) {
  EXPECT_EQ(shown("video/x-raw, height=(int)480, width=(int)640, format=(string)I420, framerate=(fraction)30/1"),
            "video/x-raw, format=I420, width=640, height=480, framerate=30/1");
  EXPECT_EQ(shown("audio/x-raw, rate=(int)48000, channels=(int)2"), "audio/x-raw, rate=48000, channels=2");
  EXPECT_EQ(shown("application/x-rtp, payload=(int)96, clock-rate=(int)90000, media=(string)video"),
            "application/x-rtp, media=video, payload=96, clock-rate=90000");
  EXPECT_EQ(shown("video/mpegts, systemstream=(boolean)true, packetsize=(int)188"),
            "video/mpegts, systemstream=true, packetsize=188");
}

TEST(Media, NamesAnotherMemoryThanTheSystems) {
  EXPECT_EQ(shown("video/x-raw(memory:DMABuf), format=(string)NV12"), "video/x-raw(memory:DMABuf), format=NV12");
  EXPECT_EQ(shown("video/x-raw(memory:SystemMemory), format=(string)NV12"), "video/x-raw, format=NV12");
  EXPECT_EQ(shown("video/x-raw(ANY), format=(string)NV12"), "video/x-raw, format=NV12");
}

TEST(Media, ShowsNoFieldThatCouldHoldDataKeysOrAddresses) {
  EXPECT_EQ(shown("application/x-srtp, media=(string)video, srtp-key=(buffer)53637265744b6579"),
            "application/x-srtp, media=video, …");
  EXPECT_EQ(shown("application/x-rtp, payload=(int)96, a-ice-pwd=(string)SecretWord"),
            "application/x-rtp, payload=96, …");
  EXPECT_EQ(shown("video/x-h264, width=(int)640, codec_data=(buffer)0164001fffe1"), "video/x-h264, width=640, …");
  EXPECT_EQ(shown("video/x-raw, format=(string)\"http://me:SecretWord@host/?key=1\""), "video/x-raw, …");
  EXPECT_EQ(shown("video/x-raw, format=(string)AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "video/x-raw, …");
}

TEST(Media, ShowsNoChoiceAsIfItWereMade) {
  EXPECT_EQ(shown("video/x-raw, format=(string){ I420, NV12 }, width=(int)[ 1, 100 ]"), "video/x-raw, …");
}

TEST(Media, OfAnythingOrNothingIsNothing) {
  EXPECT_EQ(shown("ANY"), "");
  EXPECT_EQ(shown("EMPTY"), "");
}

}  // namespace
}  // namespace pyro::pads
