// Does a reader survive any lie that a target can write, and count it?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <random>

#include "../random-seed.h"
#include "forged.h"
#include "samples.h"

using namespace pyro::wire;
using pyro::random_seed;

namespace {

// A segment with a bit of everything in it.
Mapping make_lively_segment() {
  Mapping mapping = make_segment();
  Segment &segment = *mapping.segment();
  Retirement retirement(segment.recycling);
  DirectoryWriter names(segment.directory, retirement);
  for (uint32_t i = 0; i < 300; i++)
    names.add(kEntryElement, i, {"element" + std::to_string(i), "identity", "core", ""});
  const Grid grid;
  for (uint32_t i = 1; i < 40; i++) {
    Cell &cell = segment.cells.cell[i];
    cell.kind = kCellChain;
    cell.buffers = i;
    cell.inclusive.record(grid, i * 1000);
    cell.pad = i + 1;
  }
  segment.cells.used = 40;
  uint32_t hint = 0;
  for (uint64_t i = 0; i < 900; i++) write_sample(segment.ring, 3, i, hint);
  return mapping;
}

// Everything an agent does in one tick; fails the test when an answer contradicts itself.
void look(Reader &reader) {
  for (int calls = 0; calls < 3; calls++) {
    const SampleColumns samples = columns_of(reader.drain(500));
    ASSERT_LE(samples.count(), 500u);
    ASSERT_EQ(samples.said, samples.count());
    ASSERT_EQ(samples.frame_start.size(), samples.count() + 1);
    for (uint32_t i = 0; i < samples.count(); i++) {
      ASSERT_LE(samples.frame_start[i], samples.frame_start[i + 1]);
      ASSERT_LT(samples.end[i], kStackEndCount);
    }
    ASSERT_EQ(samples.frame_start.back(), samples.frame_module.size());
    ASSERT_EQ(samples.frame_module.size(), samples.frame_offset.size());
    reader.settle(samples.count());
  }
  for (const DirectoryName &name : reader.directory()) {
    ASSERT_GE(name.texts.size(), 1u);
    ASSERT_LT(name.id, kIdEnd);
  }
  ASSERT_LE(reader.cells().cells.size(), kCellCapacity);
  reader.state();
  reader.heartbeat();
}

struct Range {
  size_t begin, end;
};

// Where numbers are that steer the reader, and a part of what they steer to.
std::vector<Range> steering() {
  std::vector<Range> ranges = {{0, offsetof(Segment, handler)},
                               {offsetof(Segment, directory), offsetof(Segment, directory) + 64 + 512},
                               {offsetof(Segment, cells), offsetof(Segment, cells) + 64 + 2 * sizeof(Cell)}};
  for (const size_t chunk : {0u, 1u, 30u, 127u}) {
    const size_t at = offsetof(Segment, ring) + chunk * sizeof(Chunk);
    ranges.push_back({at, at + 64 + 256});
  }
  return ranges;
}

}  // namespace

TEST(Hostile, EveryWordThatSteersTheReaderMayHoldAnything) {
  const Mapping golden = make_lively_segment();
  const Mapping victim = make_segment();
  auto *bytes = reinterpret_cast<unsigned char *>(victim.segment());
  const uint32_t values[] = {0, 1, 7, 8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff, 0x0001ffff, 0xffff0001};
  int looks = 0;
  for (const Range range : steering())
    for (size_t at = range.begin; at < range.end; at += 4) {
      for (const uint32_t value : {values[at / 4 % 10], values[(at / 4 + 5) % 10], values[(at / 4 + 7) % 10]}) {
        // Only what the reader changes or the last lie hit is put back: 5 MB for each word would take minutes.
        std::memcpy(bytes, golden.segment(), offsetof(Segment, directory) + 4096);
        std::memcpy(bytes + offsetof(Segment, cells), &golden.segment()->cells, 64 + 2 * sizeof(Cell));
        for (uint32_t c = 0; c < kChunkCount; c++)
          std::memcpy(static_cast<void *>(&victim.segment()->ring.chunk[c]), &golden.segment()->ring.chunk[c],
                      64 + 512);
        Refusal why;
        uint32_t version;
        std::optional<Reader> reader = Reader::attach(dup(victim.fd()), &why, &version);
        ASSERT_TRUE(reader);
        std::memcpy(bytes + at, &value, sizeof value);
        reader->take_over();
        look(*reader);
        if (HasFatalFailure()) FAIL() << "at " << at << " value " << value;
        looks++;
      }
    }
  EXPECT_GT(looks, 2000);
}

TEST(Hostile, RandomBytesAnywhereNeitherCrashNorHangTheReader) {
  const Mapping golden = make_lively_segment();
  const Mapping victim = make_segment();
  auto *bytes = reinterpret_cast<unsigned char *>(victim.segment());
  std::mt19937_64 random(random_seed(99));
  for (int round = 0; round < 300; round++) {
    std::memcpy(bytes, golden.segment(), sizeof(Segment));
    Reader reader = read_segment(victim.fd());
    for (int step = 0; step < 4; step++) {
      for (uint64_t lies = 1 + random() % 2000; lies > 0; lies--) bytes[random() % sizeof(Segment)] = random() & 0xff;
      const size_t from = random() % sizeof(Segment), size = random() % 5000;
      std::memset(bytes + from, random() & 1 ? 0xff : 0, std::min(size, sizeof(Segment) - from));
      look(reader);
      if (HasFatalFailure()) FAIL() << "round " << round;
    }
  }
}

TEST(Hostile, AProcessThatScribblesWhileItIsReadDoesNoHarm) {
  const Mapping segment = make_lively_segment();
  Child scribbler([&] {
    const Mapping theirs = map_segment(segment.fd());
    auto *words = reinterpret_cast<volatile uint32_t *>(theirs.segment());
    std::mt19937 random(5);
    const size_t ring = offsetof(Segment, ring) / 4, chunk = sizeof(Chunk) / 4;
    for (;;) {
      words[16 + random() % (sizeof(Segment) / 4 - 16)] = random();
      words[ring + random() % kChunkCount * chunk + random() % 24] = random() % 20000;  // chunk heads, plausible sizes
      words[offsetof(Segment, directory) / 4] = random() % (2 * kDirectoryBytes);
      words[offsetof(Segment, cells) / 4] = random() % 1000;
    }
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  int looks = 0;
  while (std::chrono::steady_clock::now() < end) {
    Refusal why;
    uint32_t version;
    std::optional<Reader> reader = Reader::attach(dup(segment.fd()), &why, &version);
    ASSERT_TRUE(reader);
    reader->take_over();
    look(*reader);
    look(*reader);
    if (HasFatalFailure()) return;
    looks++;
  }
  EXPECT_GT(looks, 10);
}

TEST(Hostile, ABrokenRecordCostsTheRestOfItsChunkAndIsCountedOnce) {
  const Mapping segment = make_segment();
  Ring &ring = segment.segment()->ring;
  uint32_t hint = 0;
  for (uint64_t i = 0; i < 5; i++) ASSERT_TRUE(write_sample(ring, 3, i, hint));
  uint32_t second = 0;  // where the third record begins
  for (int i = 0; i < 2; i++) second += record_bytes(depth_of(3, i), chain_of(3, i));
  const uint16_t sizes[] = {0, 7, 8, 24, 39, 41, 65535};
  for (const uint16_t size : sizes) {
    Reader reader = read_segment(segment.fd());
    while (!reader.drain(1000).drained) {
    }
    const uint64_t before = reader.state().counters[kMalformed];
    for (uint64_t i = 0; i < 5; i++) ASSERT_TRUE(write_sample(ring, 3, i, hint = 0));
    std::memcpy(ring.chunk[0].data + second + offsetof(RecordHeader, size), &size, sizeof size);
    ASSERT_TRUE(write_sample(ring, 3, 77, hint = 1));
    const SampleColumns samples = columns_of(reader.drain(1000));
    EXPECT_EQ(samples.count(), 3u) << "two before the broken one, one in the next chunk";
    EXPECT_EQ(reader.state().counters[kMalformed], before + 1);
    EXPECT_EQ(reader.drain(1000).count, 0u);
    EXPECT_EQ(reader.state().counters[kMalformed], before + 1);
    ASSERT_TRUE(write_sample(ring, 3, 78, hint = 0));
    EXPECT_EQ(reader.drain(1000).count, 1u) << "the chunk is usable again";
    reader.settle(4);
  }
}

TEST(Hostile, ADirectoryWithABlockThatCannotBeEndsThereAndIsCountedOnce) {
  const Mapping segment = make_segment();
  Directory &directory = segment.segment()->directory;
  Retirement retirement(segment.segment()->recycling);
  DirectoryWriter writer(directory, retirement);
  writer.add(kEntryThread, 0, {"one"});
  const uint32_t at = directory.bytes;
  writer.add(kEntryThread, 0, {"two"});
  const uint32_t wrong = 77;
  std::memcpy(directory.data + at + offsetof(DirectoryEntry, block_bytes), &wrong, sizeof wrong);
  Reader reader = read_segment(segment.fd());
  EXPECT_EQ(reader.directory().size(), 2u);
  EXPECT_TRUE(reader.directory().empty());
  EXPECT_EQ(reader.state().counters[kMalformed], 1u);
}

TEST(Hostile, TextsOfAnyLengthAndNumberAreCutAsAWriterWouldCutThem) {
  const Mapping segment = make_segment();
  Directory &directory = segment.segment()->directory;
  const std::string patterns[] = {"x", std::string(1, '\0'), "🎥", "\x80", "\xf0", "a://"};
  for (const std::string &pattern : patterns) {
    forget_all(directory);
    const uint32_t forged = forge_many(directory, kEntryElement, 0, false, 65535, pattern);
    Reader reader = read_segment(segment.fd());
    const std::vector<DirectoryName> names = reader.directory();
    EXPECT_EQ(names.size(), forged);
    for (const DirectoryName &name : names) {
      EXPECT_LE(name.texts.size(), kMaxTexts);
      for (const std::string &text : name.texts) EXPECT_LE(text.size(), kMaxName);
    }
  }
}

TEST(Hostile, MoreEntriesThanAWriterMakesAreNotRead) {
  const Mapping segment = make_segment();
  Directory &directory = segment.segment()->directory;
  forget_all(directory);
  EXPECT_GT(forge_many(directory, kEntryElement, 0, true, 1, "x"), 14000u);
  Reader reader = read_segment(segment.fd());
  EXPECT_EQ(reader.directory().size(), kDirectoryEntries);
  EXPECT_TRUE(reader.directory().empty());
  EXPECT_EQ(reader.state().counters[kMalformed], 1u);
}

TEST(Hostile, ACellOfUnknownKindIsSkippedAndCountedOnce) {
  const Mapping segment = make_lively_segment();
  segment.segment()->cells.cell[7].kind = 99;
  Reader reader = read_segment(segment.fd());
  EXPECT_EQ(reader.cells().cells.size(), 39u);
  EXPECT_EQ(reader.cells().cells.size(), 39u);
  EXPECT_EQ(reader.state().counters[kMalformed], 1u);
}
