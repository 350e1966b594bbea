// Are names the same in every run, free of what nobody may see, and fit for Prometheus?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include "exposition/display-names.h"
#include "exposition/labels.h"

namespace pyro::exposition {
namespace {

TEST(DisplayNames, NumbersThatGStreamerMadeUpAreRecognised) {
  EXPECT_EQ(auto_prefix("identity17", "identity"), "identity");
  EXPECT_EQ(auto_prefix("queue2-0", "queue2"), "queue2-");
  EXPECT_EQ(auto_prefix("queue20", "queue"), "queue");
  for (const auto &[name, factory] : {std::pair{"cam1", "v4l2src"},
                                      {"identity", "identity"},
                                      {"queue21", "queue2"},
                                      {"identity1b", "identity"},
                                      {"7", ""}})
    EXPECT_EQ(auto_prefix(name, factory), std::nullopt) << name;
}

TEST(DisplayNames, WhatMustNotBecomeALabelIsReplaced) {
  EXPECT_EQ(safe_name("bin-0x55d0c0ffee10"), "bin-(pointer)");
  EXPECT_EQ(safe_name("src rtsp://user:secret@cam.example/stream?token=abc"), "src (uri)");
  EXPECT_EQ(safe_name("rec-1718000000123"), "rec-(number)");
  EXPECT_EQ(safe_name("a\x01\nc"), "a c");
  EXPECT_EQ(safe_name("cam\u202e\u0085\u2028moc\u200f"), "cam moc ");
  EXPECT_EQ(safe_name("Kamera-Straße_2"), "Kamera-Straße_2");
  EXPECT_EQ(safe_name(std::string(5000, 'x')), std::string(127, 'x') + "…");
}

TEST(DisplayNames, PadsOfRequestTemplatesCarryTheTemplatesName) {
  EXPECT_EQ(pad_label("src_17", "src_%u"), "src_%u");
  EXPECT_EQ(pad_label("sink", "sink"), "sink");
  EXPECT_EQ(pad_label("video_0", ""), "video_0");
}

TEST(DisplayNames, OlderDashboardsKnowPadsBySmallNumbers) {
  EXPECT_EQ(numbered_pad_label("src_0", "src_%u"), "src_0");
  EXPECT_EQ(numbered_pad_label("src_12", "src_%u"), "src_12");
  EXPECT_EQ(numbered_pad_label("src_1234", "src_%u"), "src");
  EXPECT_EQ(numbered_pad_label("src_3735928559_96", "src_%u_%u"), "src");
  EXPECT_EQ(numbered_pad_label("recv_rtp_src_0_3735928559_96", "recv_rtp_src_%u_%u_%u"), "recv_rtp_src_0");
  EXPECT_EQ(numbered_pad_label("src_13a7438c", "src_%s"), "src_%s");
  EXPECT_EQ(numbered_pad_label("sink", "sink"), "sink");
}

TEST(LabelValues, AreEscapedAndValidUtf8) {
  std::string labels;
  append_label(labels, "a", "say \"hi\" \\ now");
  append_label(labels, "b", "line\nend \xff\xc3(\xe2\x82 \xf0\x9f\x8e\xa5");
  append_label(labels, "c", "\u202eliv\u0085e\ufeff");
  EXPECT_EQ(labels,
            "a=\"say \\\"hi\\\" \\\\ now\",b=\"line\uFFFDend \uFFFD\uFFFD(\uFFFD 🎥\",c=\"\uFFFDliv\uFFFDe\uFFFD\"");
}

}  // namespace
}  // namespace pyro::exposition
