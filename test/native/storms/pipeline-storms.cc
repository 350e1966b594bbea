// What can pipelines do to a profiler: start and stop, be made and thrown away, many times a second?
// SPDX-License-Identifier: MPL-2.0
#include <gst/gst.h>

#include "storm.h"

namespace pyro::storms {
namespace {

constexpr char kPipeline[] =
    "videotestsrc ! video/x-raw,width=64,height=48 ! identity ! queue ! tee name=t "
    "t. ! queue ! fakesink async=false t. ! queue ! fakesink async=false";

class Cycled {
 public:
  explicit Cycled(int number) {
    pipeline_ = gst_parse_launch(kPipeline, nullptr);
    if (pipeline_) gst_object_set_name(GST_OBJECT(pipeline_), ("cycled-" + std::to_string(number)).c_str());
  }
  ~Cycled() {
    if (!pipeline_) return;
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(pipeline_);
  }
  bool cycle(GstState highest) {
    return pipeline_ && gst_element_set_state(pipeline_, highest) != GST_STATE_CHANGE_FAILURE &&
           gst_element_get_state(pipeline_, nullptr, nullptr, 10 * GST_SECOND) != GST_STATE_CHANGE_FAILURE &&
           gst_element_set_state(pipeline_, GST_STATE_NULL) != GST_STATE_CHANGE_FAILURE;
  }

 private:
  GstElement *pipeline_;
};

void cycle(Weather &weather) {
  weather.blow(2, [&](int thread) {
    Cycled pipeline(thread);
    for (int i = 0; i < 4 && weather.going(); i++) {
      if (!pipeline.cycle(i == 3 ? GST_STATE_PAUSED : GST_STATE_PLAYING)) weather.fail("a state change failed");
      weather.count();
    }
  });
}

void expect_balance(Weather &weather, const Seen &seen) {
  for (const char *name : {"frame_imbalance", "wrap_orphan", "wrap_levels_full", "frame_overflow", "clock_backwards"})
    if (const uint64_t count = seen.counter(name)) weather.fail(std::string(name) + ": " + std::to_string(count));
}

}  // namespace

std::vector<Storm> pipeline_storms() {
  return {
      {"pipelines, timing=wrap", "timing=wrap", false, false, cycle, expect_balance},
      {"pipelines, timing=off", "timing=off", false, false, cycle, expect_balance},
  };
}

}  // namespace pyro::storms
