// Does the segment say what each pad gets: at its first buffer, when that changes, and of pads that live a moment?
// SPDX-License-Identifier: MPL-2.0
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "pipeline.h"
#include "wire/directory-scan.h"

namespace pyro::test {
namespace {

using Texts = std::vector<std::string>;

// Of the pad with this path, the oldest first.
Texts media_of(const std::string &pad) {
  if (!own_segment()) return {};  // nothing has flowed yet
  std::vector<wire::DirectoryName> all = wire::DirectoryScan().next(own_segment()->directory);
  std::sort(all.begin(), all.end(), [](const auto &a, const auto &b) { return a.id < b.id; });
  Texts found;
  for (const wire::DirectoryName &entry : all)
    if (entry.kind == wire::kEntryCaps && path_of(static_cast<uint32_t>(entry.value0)) == pad)
      found.push_back(entry.texts[0]);
  return found;
}

// The background thread tells once a second.
Texts told(const std::string &pad, size_t count) {
  const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (media_of(pad).size() < count && std::chrono::steady_clock::now() < latest)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return media_of(pad);
}

void wants(const Pipeline &pipeline, const char *text) {
  GstCaps *caps = gst_caps_from_string(text);
  g_object_set(pipeline.element("filter"), "caps", caps, nullptr);
  gst_caps_unref(caps);
}

TEST(Media, OfPadsThatLiveForAMomentIsToldWhenTheyGo) {
  {
    Pipeline pipeline(
        "moment", "audiotestsrc num-buffers=3 ! audio/x-raw,rate=8000,channels=1,format=S16LE ! fakesink name=sink");
    pipeline.run();
    pipeline.stop();
  }
  const Texts texts = told("moment/sink:sink", 1);
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_EQ(texts[0].rfind("audio/x-raw, format=S16LE, rate=8000, channels=1", 0), 0u) << texts[0];
}

TEST(Media, ThatChangesWhileBuffersFlowIsToldAgainAlsoWhenItIsAsBefore) {
  const std::string wide = "video/x-raw, format=GRAY8, width=64, height=16, framerate=30/1";
  const std::string tall = "video/x-raw, format=GRAY8, width=16, height=64, framerate=30/1";
  Pipeline pipeline("changing", "videotestsrc is-live=true ! capsfilter name=filter ! fakesink name=sink");
  wants(pipeline, wide.c_str());
  pipeline.play();
  ASSERT_EQ(told("changing/sink:sink", 1).size(), 1u);
  wants(pipeline, tall.c_str());
  ASSERT_EQ(told("changing/sink:sink", 2).size(), 2u);
  wants(pipeline, wide.c_str());
  const Texts texts = told("changing/sink:sink", 3);
  ASSERT_EQ(texts.size(), 3u);
  for (size_t i = 0; i < texts.size(); i++) EXPECT_EQ(texts[i].rfind(i == 1 ? tall : wide, 0), 0u) << texts[i];
}

TEST(Media, ThatComesWithEachBufferIsToldOnceASecondAtMost) {
  Pipeline pipeline("restless", "videotestsrc ! capsfilter name=filter ! fakesink name=sink");
  wants(pipeline, "video/x-raw, format=GRAY8, width=16, height=16");
  pipeline.play();
  ASSERT_EQ(told("restless/sink:sink", 1).size(), 1u);
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < std::chrono::seconds(3))
    for (const char *next :
         {"video/x-raw, format=GRAY8, width=17, height=16", "video/x-raw, format=GRAY8, width=16, height=16"})
      wants(pipeline, next);
  pipeline.stop();
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LE(static_cast<double>(media_of("restless/sink:sink").size()), seconds + 3);
}

}  // namespace
}  // namespace pyro::test
