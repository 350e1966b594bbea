// Is our running time GStreamer's, for every kind of segment?
// SPDX-License-Identifier: MPL-2.0
#include "pads/streams/stream-point.h"

#include <gtest/gtest.h>

namespace pyro::pads {
namespace {

GstSegment segment(double rate, GstClockTime start, GstClockTime stop, GstClockTime base, GstClockTime offset) {
  GstSegment s;
  gst_segment_init(&s, GST_FORMAT_TIME);
  s.rate = rate;
  s.start = start;
  s.stop = stop;
  s.base = base;
  s.offset = offset;
  return s;
}

TEST(StreamPoint, RunningTimesAreGStreamers) {
  constexpr GstClockTime second = GST_SECOND, starts[] = {0, 3 * second}, bases[] = {0, 7 * second};
  for (const double rate : {1.0, 2.0, 0.5, -1.0})
    for (const GstClockTime start : starts)
      for (const GstClockTime base : bases)
        for (const GstClockTime offset : {GstClockTime{0}, second}) {
          const GstSegment s = segment(rate, start, 100 * GST_SECOND, base, offset);
          StreamPoint point;
          point.use_segment(s);
          for (const GstClockTime stamp : {4 * second, 5 * second + 333, 50 * second})
            EXPECT_EQ(point.running_time(stamp), gst_segment_to_running_time(&s, GST_FORMAT_TIME, stamp))
                << "rate " << rate << " start " << start << " base " << base << " offset " << offset;
        }
}

TEST(StreamPoint, WithoutASegmentOfTimesOrAStampThereIsNone) {
  StreamPoint point;
  EXPECT_EQ(point.running_time(5), timing::kNoTime);
  GstSegment s;
  gst_segment_init(&s, GST_FORMAT_BYTES);
  point.use_segment(s);
  EXPECT_EQ(point.running_time(5), timing::kNoTime);
  point.use_segment(segment(1.0, 0, GST_CLOCK_TIME_NONE, 0, 0));
  EXPECT_EQ(point.running_time(GST_CLOCK_TIME_NONE), timing::kNoTime);
  EXPECT_EQ(point.running_time(5), 5u);
}

}  // namespace
}  // namespace pyro::pads
