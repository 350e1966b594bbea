// Does the reader learn every name once, in order, and as it was written?
// SPDX-License-Identifier: MPL-2.0
#include "wire/directory.h"

#include <gtest/gtest.h>

#include "samples.h"

using namespace pyro::wire;

TEST(Directory, NamesArriveOnceInOrderAndWhole) {
  const Mapping segment = make_segment();
  DirectoryWriter writer(segment.segment()->directory);
  Reader reader = read_segment(segment.fd());
  const uint32_t pipeline = writer.add(kEntryPipeline, 0, {"pipeline0", "pipeline"}, 1);
  const uint32_t element =
      writer.add(kEntryElement, pipeline, {"enc", "x264enc", "x264", "Codec/Encoder"}, kElementBin, 5);
  std::vector<DirectoryName> names = reader.directory();
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0].id, kOverflowId);
  EXPECT_EQ(names[0].texts, std::vector<std::string>{"(overflow)"});
  EXPECT_EQ(names[1].id, pipeline);
  EXPECT_EQ(names[1].value0, 1u);
  EXPECT_EQ(names[2].id, element);
  EXPECT_EQ(names[2].parent, pipeline);
  EXPECT_EQ(names[2].value1, 5u);
  EXPECT_EQ(names[2].texts, (std::vector<std::string>{"enc", "x264enc", "x264", "Codec/Encoder"}));
  EXPECT_TRUE(reader.directory().empty());
  const uint32_t thread = writer.add(kEntryThread, 0, {""});
  names = reader.directory();
  ASSERT_EQ(names.size(), 1u);
  EXPECT_EQ(names[0].id, thread);
  EXPECT_EQ(names[0].texts, std::vector<std::string>{""});
}

TEST(Directory, EqualNamesShareAnId) {
  const Mapping segment = make_segment();
  DirectoryWriter writer(segment.segment()->directory);
  const uint32_t one = writer.add(kEntryElement, 2, {"a", "identity", "", ""});
  EXPECT_EQ(writer.add(kEntryElement, 2, {"a", "identity", "", ""}), one);
  EXPECT_NE(writer.add(kEntryElement, 3, {"a", "identity", "", ""}), one);
  EXPECT_NE(writer.add(kEntryElement, 2, {"b", "identity", "", ""}), one);
}

TEST(Directory, WhenFullNamesBecomeTheOverflowIdAndAreCounted) {
  const Mapping segment = make_segment();
  DirectoryWriter writer(segment.segment()->directory);
  const std::string long_name(5000, 'x');
  uint32_t accepted = 0;
  for (uint32_t i = 0; i < 1000; i++)
    if (writer.add(kEntryFact, i, {long_name, "src"}) != kOverflowId) accepted++;
  EXPECT_GT(accepted, 150u);
  EXPECT_EQ(writer.refused(), 1000u - accepted);
  Reader reader = read_segment(segment.fd());
  const std::vector<DirectoryName> names = reader.directory();
  EXPECT_EQ(names.size(), accepted + 1);
  for (const DirectoryName &name : names) EXPECT_LE(name.texts[0].size(), kMaxText);
  EXPECT_EQ(reader.state().counters[kMalformed], 0u);
}

TEST(Directory, LongNamesAreCutBetweenTwoCharactersAndShowIt) {
  const Mapping segment = make_segment();
  DirectoryWriter writer(segment.segment()->directory);
  std::string cameras;
  for (int i = 0; i < 100; i++) cameras += "🎥";
  const std::string fits(kMaxName, 'x'), path(kMaxText, '/');
  writer.add(kEntryElement, 0, {fits, fits + "x", cameras, "x" + cameras, "type"});
  writer.add(kEntryModule, 0, {path, ""});
  Reader reader = read_segment(segment.fd());
  const std::vector<DirectoryName> names = reader.directory();
  EXPECT_EQ(names[1].texts[0], fits);
  EXPECT_EQ(names[1].texts[1], fits.substr(3) + "…");
  EXPECT_EQ(names[1].texts[2], cameras.substr(0, 63 * 4) + "…");
  EXPECT_EQ(names[1].texts[3], "x" + cameras.substr(0, 63 * 4) + "…");
  EXPECT_EQ(names[1].texts[4], "type");
  EXPECT_EQ(names[2].texts[0], path);
}
