// How do elements of stock packages work in one thread, buffer by buffer, without waiting?
// SPDX-License-Identifier: MPL-2.0
#include <gst/gst.h>

#include <cstdio>
#include <memory>

#include "workloads.h"

namespace pyro::oracle {
namespace {

// A row of elements that is fed by hand. `frames`: how many buffers a round pushes.
class Chain {
 public:
  Chain(const char *description, const char *caps, gsize bytes, int frames)
      : bytes_(bytes), frames_(frames), pipeline_(gst_pipeline_new(nullptr)) {
    GError *error = nullptr;
    GstElement *bin = gst_parse_bin_from_description(description, TRUE, &error);
    if (error) g_error_free(error);
    if (!bin) return;
    GstElement *sink = gst_element_factory_make("fakesink", nullptr);
    g_object_set(sink, "async", FALSE, "sync", FALSE, "enable-last-sample", FALSE, nullptr);
    gst_bin_add_many(GST_BIN(pipeline_), bin, sink, nullptr);
    GstPad *into = gst_element_get_static_pad(bin, "sink");
    ready_ = gst_element_link(bin, sink) && gst_pad_link(feed_, into) == GST_PAD_LINK_OK;
    gst_object_unref(into);
    gst_pad_set_active(feed_, TRUE);
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
    begin(caps);
  }
  bool ready() const { return ready_; }
  void push() {
    for (int i = 0; i < frames_; i++) {
      GstBuffer *buffer = gst_buffer_new_allocate(nullptr, bytes_, nullptr);
      GstMapInfo map;
      gst_buffer_map(buffer, &map, GST_MAP_WRITE);
      for (gsize at = 0; at < map.size; at += 3) map.data[at] = static_cast<guint8>(noise_ = noise_ * 75 + 74);
      gst_buffer_unmap(buffer, &map);
      GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = static_cast<GstClockTime>(sent_++) * 20 * GST_MSECOND;
      GST_BUFFER_DURATION(buffer) = 20 * GST_MSECOND;
      ready_ &= gst_pad_push(feed_, buffer) == GST_FLOW_OK;
    }
  }

 private:
  void begin(const char *text) {
    gst_pad_push_event(feed_, gst_event_new_stream_start("oracle"));
    GstCaps *caps = gst_caps_from_string(text);
    ready_ &= gst_pad_push_event(feed_, gst_event_new_caps(caps));
    gst_caps_unref(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(feed_, gst_event_new_segment(&segment));
  }
  gsize bytes_;
  int frames_;
  GstElement *pipeline_;
  GstPad *feed_ = gst_pad_new("feed", GST_PAD_SRC);
  bool ready_ = false;
  guint noise_ = 1;
  int sent_ = 0;
};

struct Row {
  const char *name, *elements, *caps;
  gsize bytes;
  int frames;
};

constexpr uint32_t kShare = 12;  // a frame is many instructions
constexpr char kVideo[] = "video/x-raw,format=I420,width=64,height=48,framerate=50/1";
constexpr gsize kVideoBytes = 64 * 48 * 3 / 2;
constexpr char kAudio[] = "audio/x-raw,format=S16LE,rate=8000,channels=2,layout=interleaved";
constexpr gsize kAudioBytes = 160 * 4;

constexpr Row kRows[] = {
    {"videoconvert", "videoconvert n-threads=1 ! capsfilter caps=video/x-raw,format=BGRx", kVideo, kVideoBytes, 1},
    {"videoscale", "videoscale n-threads=1 ! capsfilter caps=video/x-raw,width=40,height=30", kVideo, kVideoBytes, 1},
    {"audioconvert", "audioconvert ! capsfilter caps=audio/x-raw,format=F32LE", kAudio, kAudioBytes, 2},
    {"volume", "volume volume=0.5", kAudio, kAudioBytes, 2},
    {"audioresample", "audioresample ! capsfilter caps=audio/x-raw,rate=11025", kAudio, kAudioBytes, 2},
    {"jpegenc, jpegdec", "jpegenc ! jpegdec", kVideo, kVideoBytes, 1},
    {"x264enc", "x264enc threads=1 sync-lookahead=0 rc-lookahead=0 bframes=0 speed-preset=faster", kVideo, kVideoBytes,
     1},
    {"vp8enc, vp8dec", "vp8enc threads=1 deadline=1 lag-in-frames=0 ! vp8dec", kVideo, kVideoBytes, 1},
    {"avenc_mpeg4, avdec_mpeg4", "avenc_mpeg4 threads=1 ! avdec_mpeg4 max-threads=1", kVideo, kVideoBytes, 1},
};

}  // namespace

std::vector<Workload> media_workloads() {
  std::vector<Workload> all;
  for (const Row &row : kRows) {
    const auto chain = std::make_shared<Chain>(row.elements, row.caps, row.bytes, row.frames);
    for (int i = 0; i < 2 && chain->ready(); i++) chain->push();
    if (!chain->ready()) {
      printf("  left out, not installed: %s\n", row.name);
      continue;
    }
    all.push_back({row.name, [chain] { chain->push(); }, kShare});
  }
  return all;
}

}  // namespace pyro::oracle
