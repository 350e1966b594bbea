// Do the parts of a profile add up to its rows, whatever size a server takes?
// SPDX-License-Identifier: MPL-2.0
#include "profile/pprof.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "pprof-columns.h"

using namespace pyro::profile;

namespace {

ProfileHead head_of(bool wall, uint64_t bytes = 1 << 20, uint32_t samples = 8000) {
  return {wall, 1700000000000000000, 1000000, 10000000000, 10000000, true, bytes, samples};
}

PprofColumns many_rows(uint32_t count) {
  PprofColumns columns(50, 7);
  std::mt19937 random(1);
  for (uint32_t i = 0; i < count; i++) {
    std::vector<uint32_t> stack;
    for (size_t depth = random() % 20; depth > 0; depth--) stack.push_back(1 + random() % 50);
    columns.row(random() % 7, stack, i, i % 4 == 0 ? 202 : kOnCpu);
  }
  return columns;
}

struct Total {
  double samples = 0, unique = 0, ns = 0, frames = 0;
  bool operator==(const Total &other) const {
    return samples == other.samples && unique == other.unique && ns == other.ns && frames == other.frames;
  }
};

Total total_of(const std::vector<ProfilePart> &parts) {
  Total total;
  for (const ProfilePart &part : parts) {
    total.samples += part.samples;
    total.unique += part.unique_samples;
    total.ns += part.total_ns;
    for (const double frames : part.frames) total.frames += frames;
  }
  return total;
}

}  // namespace

TEST(Pprof, HasOneKindOfRows) {
  const PprofColumns columns = many_rows(400);
  const std::vector<ProfilePart> cpu = encode(head_of(false), columns.rows(), columns.names());
  const std::vector<ProfilePart> wall = encode(head_of(true), columns.rows(), columns.names());
  ASSERT_EQ(cpu.size(), 1u);
  ASSERT_EQ(wall.size(), 1u);
  EXPECT_EQ(cpu[0].samples, 300);
  EXPECT_EQ(cpu[0].unique_samples, 300);
  EXPECT_EQ(wall[0].samples, 400);
  EXPECT_EQ(wall[0].unique_samples, 100);
  EXPECT_EQ(wall[0].total_ns, 400.0 * 399 / 2);
  EXPECT_EQ(cpu[0].bytes.find("futex"), std::string::npos);
  EXPECT_NE(wall[0].bytes.find("futex"), std::string::npos);
}

TEST(Pprof, InPartsIsTheSameInSum) {
  const PprofColumns columns = many_rows(1000);
  const Total whole = total_of(encode(head_of(true), columns.rows(), columns.names()));
  EXPECT_GT(whole.frames, 1000);
  for (const auto &[bytes, samples] :
       {std::pair{1ull << 20, 100u}, {4000ull, 8000u}, {1ull, 8000u}, {4000ull, 10u}, {0ull, 0u}}) {
    const std::vector<ProfilePart> parts = encode(head_of(true, bytes, samples), columns.rows(), columns.names());
    EXPECT_GT(parts.size(), 5u);
    EXPECT_TRUE(total_of(parts) == whole) << bytes << " " << samples;
    std::set<uint64_t> times;
    for (const ProfilePart &part : parts) {
      EXPECT_TRUE(part.samples == 1 || (part.bytes.size() <= bytes && part.samples <= samples));
      times.insert(part.time_ns);
    }
    EXPECT_EQ(times.size(), parts.size());
    EXPECT_EQ(*times.begin(), 1700000000000000000u);
    EXPECT_EQ(*times.rbegin(), 1700000000000000000u + 1000000 * (parts.size() - 1));
  }
}

TEST(Pprof, IsNoneWithoutRows) {
  PprofColumns columns(1, 1);
  EXPECT_TRUE(encode(head_of(true), columns.rows(), columns.names()).empty());
  columns.row(0, {1}, 5, 202);
  EXPECT_TRUE(encode(head_of(false), columns.rows(), columns.names()).empty());
  EXPECT_EQ(encode(head_of(true), columns.rows(), columns.names()).size(), 1u);
}

TEST(Pprof, DoesNotCountFramesOfOurs) {
  PprofColumns columns(4, 1);
  columns.location_named_by[1] = kNotCounted;
  columns.row(0, {1, 2, 3, 4, 1}, 5);
  const ProfilePart part = encode(head_of(false), columns.rows(), columns.names()).at(0);
  EXPECT_EQ((std::vector<double>(part.frames, part.frames + kNamedBy)), (std::vector<double>{2, 0, 1, 1}));
}
