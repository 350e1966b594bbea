// Does the reader learn every name once, in order, and as it was written?
// SPDX-License-Identifier: MPL-2.0
#include "wire/directory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "samples.h"

using namespace pyro::wire;

TEST(Directory, NamesArriveOnceInOrderAndWhole) {
  const Mapping segment = make_segment();
  Retirement retirement(segment.segment()->recycling);
  DirectoryWriter writer(segment.segment()->directory, retirement);
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
  Retirement retirement(segment.segment()->recycling);
  DirectoryWriter writer(segment.segment()->directory, retirement);
  const uint32_t one = writer.add(kEntryElement, 2, {"a", "identity", "", ""});
  EXPECT_EQ(writer.add(kEntryElement, 2, {"a", "identity", "", ""}), one);
  EXPECT_NE(writer.add(kEntryElement, 3, {"a", "identity", "", ""}), one);
  EXPECT_NE(writer.add(kEntryElement, 2, {"b", "identity", "", ""}), one);
}

TEST(Directory, WhenFullNamesBecomeTheOverflowIdAndAreCounted) {
  const Mapping segment = make_segment();
  Retirement retirement(segment.segment()->recycling);
  DirectoryWriter writer(segment.segment()->directory, retirement);
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
  Retirement retirement(segment.segment()->recycling);
  DirectoryWriter writer(segment.segment()->directory, retirement);
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

namespace {

// A directory that an agent reads now and then.
struct Lively {
  Mapping mapping = make_segment();
  Segment &segment = *mapping.segment();
  Retirement retirement{segment.recycling};
  DirectoryWriter writer{segment.directory, retirement};
  Reader reader = read_segment(mapping.fd());

  std::vector<DirectoryName> look() {
    const uint64_t retired = reader.retired();
    std::vector<DirectoryName> names = reader.directory();
    reader.acknowledge(retired);
    return names;
  }
};

}  // namespace

TEST(Directory, TheLivingAreNamedForEverWhereTheGoneAreRead) {
  Lively it;
  std::map<uint32_t, std::string> known;
  for (uint32_t session = 0; session < 20000; session++) {
    const std::string name = "session-" + std::to_string(session);
    const uint32_t pipeline = it.writer.add(kEntryPipeline, 0, {name, "pipeline", "GstPipeline"}, 1);
    const uint32_t element =
        it.writer.add(kEntryElement, pipeline, {"sink", "fakesink", "core", "Sink", "GstFakeSink"});
    ASSERT_NE(element, kOverflowId) << session;
    it.writer.hold(element);
    if (session % 100 == 0) {
      for (const DirectoryName &one : it.look()) {
        ASSERT_EQ(known.count(one.id), 0u) << "no id is ever given to another name";
        known[one.id] = one.texts[0];
        if (one.kind == kEntryElement) {
          ASSERT_EQ(known.count(one.parent), 1u) << "parents come first";
        }
      }
      ASSERT_EQ(known[pipeline], name) << "every living pipeline is known";
    }
    it.writer.release(element);
  }
  EXPECT_EQ(it.writer.refused(), 0u);
  EXPECT_EQ(it.reader.state().counters[kMalformed], 0u);
}

TEST(Directory, WhatIsHeldKeepsItsIdAndAllAboveIt) {
  Lively it;
  const uint32_t pipeline = it.writer.add(kEntryPipeline, 0, {"camera", "pipeline", "GstPipeline"}, 1);
  const uint32_t pad =
      it.writer.add(kEntryPad, it.writer.add(kEntryElement, pipeline, {"e", "identity", "", ""}), {"src", "src"});
  it.writer.hold(pad);
  for (uint32_t i = 0; i < 30000; i++) {
    it.writer.add(kEntryThread, 0, {"thread" + std::to_string(i)});
    if (i % 200 == 0) it.look();
  }
  EXPECT_EQ(it.writer.add(kEntryPipeline, 0, {"camera", "pipeline", "GstPipeline"}, 1), pipeline);
  std::map<uint32_t, DirectoryName> names;
  for (DirectoryName &name : DirectoryScan().next(it.segment.directory)) names[name.id] = std::move(name);
  ASSERT_EQ(names.count(pad), 1u);
  EXPECT_EQ(names[names[pad].parent].parent, pipeline);
}

TEST(Directory, WithoutAReaderNothingIsUsedAgainAndItIsCounted) {
  Lively it;
  uint32_t named = 0;
  for (uint32_t i = 0; i < 20000; i++)
    named += it.writer.add(kEntryThread, 0, {"t" + std::to_string(i)}) != kOverflowId;
  EXPECT_LT(named, 20000u);
  EXPECT_EQ(it.writer.refused(), 20000u - named);
  EXPECT_EQ(it.look().size(), named + 1);
}

TEST(Directory, AReaderIsToldWhichNameGaveUpItsBlock) {
  Lively it;
  std::map<uint32_t, bool> there;
  for (uint32_t i = 0; i < 20000; i++) {
    it.writer.add(kEntryThread, 0, {"t" + std::to_string(i)});
    if (i % 100 != 0) continue;
    for (const DirectoryName &name : it.look()) {
      if (name.replaces != 0) {
        EXPECT_EQ(there.erase(name.replaces), 1u);
      }
      there[name.id] = true;
    }
  }
  EXPECT_LE(there.size(), kDirectoryEntries);
}

TEST(Directory, ReadersBesideItSeeEachNameWhole) {
  Lively it;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done)
      for (const DirectoryName &name : it.look())
        if (name.kind == kEntryThread) {
          ASSERT_EQ(name.texts.size(), 1u);
          ASSERT_EQ(name.texts[0], std::string(static_cast<size_t>(name.value0), 'a' + name.value0 % 26));
        }
  });
  for (uint32_t i = 0; i < 100000; i++) {
    const uint64_t length = 1 + i % 150;
    it.writer.add(kEntryThread, 0, {std::string(length, 'a' + length % 26)}, length, 0, std::to_string(i));
  }
  done = true;
  reader.join();
  EXPECT_EQ(it.reader.state().counters[kMalformed], 0u);
}
