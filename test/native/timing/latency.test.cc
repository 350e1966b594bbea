// Is a buffer found again among those that a source sent, by its running time and nothing else?
// SPDX-License-Identifier: MPL-2.0
#include "timing/latency.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace pyro::timing {
namespace {

constexpr uint64_t kFrame = 40 * 1000 * 1000;  // 25 a second

class TrackTest : public testing::Test {
 protected:
  TrackTest() { track_->begin(this, 5); }
  void send(uint64_t from, uint64_t count) {
    for (uint64_t i = from; i < from + count; i++) track_->send(i * kFrame, kFrame, 1000 + i);
  }
  uint64_t find(uint64_t time) { return track_->find(time, distance_); }
  std::unique_ptr<Track> track_ = std::make_unique<Track>();
  uint64_t distance_ = 0;
};

TEST_F(TrackTest, EachBufferIsFoundByItsTimeInAnyOrder) {
  send(0, 100);
  for (const uint64_t i : {99, 0, 50, 51, 49, 98, 1}) EXPECT_EQ(find(i * kFrame), 1000 + i);
  EXPECT_EQ(find(100 * kFrame), 0u) << "not sent yet";
}

TEST_F(TrackTest, ATimeInsideOfABufferIsThatBuffers) {
  send(0, 10);
  EXPECT_EQ(find(3 * kFrame + kFrame / 2), 1003u);
  EXPECT_EQ(find(4 * kFrame - kTimeTolerance - 1), 1003u);
}

TEST_F(TrackTest, TimesRoundedByAContainerStillMatch) {
  send(0, 10);
  EXPECT_EQ(find(3 * kFrame - kTimeTolerance / 2), 1003u);
  EXPECT_EQ(find(3 * kFrame + kTimeTolerance / 2), 1003u);
  track_->send(20 * kFrame, kNoTime, 7);  // without a duration: a point
  EXPECT_EQ(find(20 * kFrame + kTimeTolerance - 1), 7u);
  EXPECT_EQ(find(20 * kFrame + kTimeTolerance + 1), 0u);
}

TEST_F(TrackTest, TheLatestOfEqualTimesCounts) {
  send(0, 5);
  track_->send(2 * kFrame, kFrame, 77);  // sought back
  EXPECT_EQ(find(2 * kFrame), 77u);
}

TEST_F(TrackTest, OnlyTheLatestThousandAreKept) {
  send(0, 3 * Track::kCapacity);
  EXPECT_EQ(find(Track::kCapacity * kFrame), 0u);
  EXPECT_EQ(find((3 * Track::kCapacity - 1) * kFrame), 1000u + 3 * Track::kCapacity - 1);
  EXPECT_EQ(find((2 * Track::kCapacity + 2) * kFrame), 1000u + 2 * Track::kCapacity + 2);
}

TEST_F(TrackTest, TheFirstBufferIsRememberedWithOrWithoutATime) {
  EXPECT_EQ(track_->first_ticks(), 0u);
  track_->send_untimed(123);
  EXPECT_FALSE(track_->timed());
  send(0, 1);
  EXPECT_TRUE(track_->timed());
  EXPECT_EQ(track_->first_ticks(), 123u);
  EXPECT_EQ(track_->made_ns(), 5u);
  track_->begin(nullptr, 9);
  EXPECT_EQ(track_->first_ticks(), 0u);
  EXPECT_EQ(find(0), 0u);
}

// Ticks are made from times, so a mixture of two entries would not fit.
TEST_F(TrackTest, AReaderNeverSeesAnEntryThatIsHalfWritten) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t i = 1; !stop.load(); i++) track_->send(i * kFrame, kFrame, i + 1000);
  });
  uint64_t found = 0, distance = 0;
  for (int i = 0; i < 300000 || found == 0; i++) {
    const uint64_t sent = track_->sent();
    const uint64_t number = sent > 900 ? sent - 900 + static_cast<uint64_t>(i) % 880 : sent / 2;
    const uint64_t ticks = track_->find(number * kFrame, distance);
    if (ticks == 0) continue;
    found++;
    ASSERT_EQ(ticks, number + 1000);
  }
  stop.store(true);
  writer.join();
  EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace pyro::timing
