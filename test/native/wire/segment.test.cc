// Which segments are refused, and who learns why?
// SPDX-License-Identifier: MPL-2.0
#include "wire/segment.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "samples.h"
#include "wire/snapshot.h"

using namespace pyro::wire;

namespace {

constexpr int kAllSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

struct Refused {
  Refusal why = kRefusedNone;
  uint32_t version = 0;
  bool attached = false;
};

Refused try_attach(int fd) {
  Refused result;
  result.attached = Mapping::attach(fd, &result.why, &result.version).has_value();
  return result;
}

// A memfd with the first `bytes` of a good segment in it.
int copy_of_segment(size_t bytes, int seals) {
  const Mapping good = make_segment();
  const int fd = memfd_create("gst-pyroscope", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const auto *from = reinterpret_cast<const char *>(good.segment());
  for (size_t at = 0; at < bytes;) {
    const ssize_t n = write(fd, from + at, bytes - at);
    if (n <= 0) abort();
    at += static_cast<size_t>(n);
  }
  if (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) != 0) abort();
  return fd;
}

}  // namespace

TEST(Segment, AFreshOneIsSealedAllocatedNamedAndKnowsItsMaker) {
  const Mapping segment = make_segment();
  EXPECT_EQ(fcntl(segment.fd(), F_GET_SEALS) & kAllSeals, kAllSeals);
  EXPECT_TRUE(fcntl(segment.fd(), F_GETFD) & FD_CLOEXEC);
  EXPECT_NE(ftruncate(segment.fd(), 100), 0);
  struct stat st;
  ASSERT_EQ(fstat(segment.fd(), &st), 0);
  EXPECT_EQ(static_cast<size_t>(st.st_size), sizeof(Segment));
  EXPECT_GE(static_cast<size_t>(st.st_blocks) * 512, sizeof(Segment));
  char target[100] = {};
  ASSERT_GT(readlink(("/proc/self/fd/" + std::to_string(segment.fd())).c_str(), target, sizeof target - 1), 0);
  EXPECT_STREQ(target, "/memfd:gst-pyroscope (deleted)");
  const Identity &identity = segment.segment()->identity;
  EXPECT_EQ(identity.pid, static_cast<uint32_t>(getpid()));
  EXPECT_GT(identity.start_ticks, 0u);
  EXPECT_GT(identity.created_mono_ns, 0u);
  EXPECT_EQ(segment.segment()->cells.used.load(), 1u);
}

TEST(Segment, TheMakersMappingIsNotInheritedByFork) {
  const Mapping segment = make_segment();
  const Segment *at = segment.segment();
  const pid_t child = fork();
  if (child == 0) {
    unsigned char resident;
    const bool gone = mincore(const_cast<Segment *>(at), 4096, &resident) != 0 && errno == ENOMEM;
    _exit(gone ? 0 : 1);
  }
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Segment, AnotherVersionIsRefusedAndTheTargetCanReadWhy) {
  const Mapping segment = make_segment();
  segment.segment()->identity.version = WIRE_VERSION + 6;
  const Refused refused = try_attach(dup(segment.fd()));
  EXPECT_FALSE(refused.attached);
  EXPECT_EQ(refused.why, kRefusedVersion);
  EXPECT_EQ(refused.version, WIRE_VERSION + 6);
  EXPECT_EQ(segment.segment()->life.refusal.load(), kRefusedVersion);
  EXPECT_EQ(segment.segment()->life.agent_version.load(), WIRE_VERSION);
}

TEST(Segment, TheVersionBeforeIsReadAndTheOneBehindIsRefused) {
  const Mapping segment = make_segment();
  segment.segment()->identity.version = WIRE_VERSION - 1;
  EXPECT_TRUE(try_attach(dup(segment.fd())).attached);
  EXPECT_EQ(segment.segment()->life.refusal.load(), kRefusedNone);
  segment.segment()->identity.version = kOldestVersion - 1;
  EXPECT_EQ(try_attach(dup(segment.fd())).why, kRefusedVersion);
  segment.segment()->identity.version = WIRE_VERSION + 1;
  EXPECT_EQ(try_attach(dup(segment.fd())).why, kRefusedVersion);
}

// What the target's table did not have is not zero but unknown.
TEST(Segment, OnlyCountersThatTheTargetHasAreRead) {
  const Mapping segment = make_segment();
  for (uint32_t i = 0; i < kCounterCapacity; i++) segment.segment()->counters.value[i] = i + 1;
  EXPECT_EQ(copy_state(*segment.segment()).counter_count, kCounterCount);
  for (const auto &[said, read] : {std::pair{3u, 3u}, {77u, uint32_t{kCounterCount}}}) {
    segment.segment()->identity.counter_count = said;
    const StateCopy copy = copy_state(*segment.segment());
    EXPECT_EQ(copy.counter_count, read);
    EXPECT_EQ(copy.counters[read - 1], read);
    if (read < kCounterCount) {
      EXPECT_EQ(copy.counters[read], 0u);
    }
  }
}

TEST(Segment, AnUnsealedMemfdIsRefusedHoweverGoodItsContent) {
  for (const int seals : {0, F_SEAL_SHRINK, F_SEAL_SHRINK | F_SEAL_GROW})
    EXPECT_EQ(try_attach(copy_of_segment(sizeof(Segment), seals)).why, kRefusedUnsealed);
  EXPECT_TRUE(try_attach(copy_of_segment(sizeof(Segment), kAllSeals)).attached);
}

TEST(Segment, ATruncatedOneIsRefusedAtEveryLength) {
  for (const size_t bytes : {size_t{0}, size_t{1}, sizeof(Identity), size_t{4095}, size_t{4096},
                             offsetof(Segment, cells), offsetof(Segment, ring) + 5, sizeof(Segment) - 1}) {
    const Refused refused = try_attach(copy_of_segment(bytes, kAllSeals));
    EXPECT_FALSE(refused.attached) << bytes;
    EXPECT_EQ(refused.why, kRefusedSize) << bytes;
  }
}

TEST(Segment, AShorterSegmentOfAnotherVersionStillGetsTheCode) {
  const int fd = copy_of_segment(8192, 0);
  const uint32_t newer = WIRE_VERSION + 1;
  ASSERT_EQ(pwrite(fd, &newer, sizeof newer, offsetof(Identity, version)), static_cast<ssize_t>(sizeof newer));
  ASSERT_EQ(fcntl(fd, F_ADD_SEALS, kAllSeals), 0);
  EXPECT_EQ(try_attach(dup(fd)).why, kRefusedVersion);
  uint32_t code = 0;
  ASSERT_EQ(pread(fd, &code, sizeof code, offsetof(Segment, life) + offsetof(Life, refusal)), 4);
  EXPECT_EQ(code, kRefusedVersion);
  close(fd);
}

TEST(Segment, WhatIsNotASegmentIsRefused) {
  EXPECT_EQ(try_attach(open("/dev/null", O_RDWR | O_CLOEXEC)).why, kRefusedUnsealed);
  EXPECT_EQ(try_attach(-1).why, kRefusedUnsealed);
  const int zeros = memfd_create("gst-pyroscope", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_EQ(ftruncate(zeros, sizeof(Segment)), 0);
  ASSERT_EQ(fcntl(zeros, F_ADD_SEALS, kAllSeals), 0);
  EXPECT_EQ(try_attach(zeros).why, kRefusedSize);
}

TEST(Segment, ARefusedDescriptorIsClosed) {
  const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  try_attach(fd);
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}
