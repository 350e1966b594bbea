// How does a test run a pipeline in its own process and know for itself how many buffers passed?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>

#include "own-segment.h"

namespace pyro::test {

// A pipeline from a gst-launch description, with a name of its own. Goes to NULL when it goes.
class Pipeline {
 public:
  Pipeline(const std::string &name, const std::string &description);
  ~Pipeline();
  Pipeline(const Pipeline &) = delete;
  Pipeline &operator=(const Pipeline &) = delete;

  GstElement *get() const { return pipeline_; }
  // Borrowed: lives as long as the pipeline keeps it.
  GstElement *element(const char *name) const;
  void play();
  // Until EOS; fails the test on an error message or after `seconds`.
  void wait_eos(int seconds = 60);
  void run() {
    play();
    wait_eos();
  }
  void stop();

 private:
  GstElement *pipeline_;
};

// Counts what passes a pad by a probe: the truth that cells are held against. One per pad, before it plays.
class Truth {
 public:
  Truth(GstElement *element, const char *pad, bool pulled = false);
  ~Truth();
  uint64_t buffers() const { return buffers_.load(); }
  uint64_t bytes() const { return bytes_.load(); }

 private:
  static GstPadProbeReturn count(GstPad *, GstPadProbeInfo *info, gpointer self);
  GstPad *pad_;
  gulong probe_;
  std::atomic<uint64_t> buffers_{0}, bytes_{0};
};

// An element without behaviour: the test adds pads and functions itself.
GstElement *new_box(const char *name);
// A pad of a box, inactive until the box is READY→PAUSED, floating reference given to the box by add.
GstPad *box_pad(GstElement *box, const char *name, GstPadDirection direction, GstPadChainFunction chain = nullptr);
// Chain function: pushes out of the box's pad "src".
GstFlowReturn pass_on(GstPad *pad, GstObject *parent, GstBuffer *buffer);

// stream-start, caps-less segment: what a pad must have seen before its first buffer.
void push_preamble(GstPad *src);
// The same for a sink pad that nothing is linked to.
void push_preamble_into(GstPad *sink);
GstBuffer *buffer_of(gsize bytes);

// A pad to push into another one by hand, without a thread of GStreamer's.
class Feed {
 public:
  explicit Feed(GstPad *into);
  ~Feed();
  Feed(const Feed &) = delete;
  Feed &operator=(const Feed &) = delete;
  GstFlowReturn push(int buffers, gsize bytes = 10);
  GstFlowReturn push_list(guint length, gsize bytes = 10);
  GstFlowReturn push_one(GstBuffer *buffer) { return gst_pad_push(pad_, buffer); }
  void event(GstEvent *event) { gst_pad_push_event(pad_, event); }
  void relink(GstPad *into);

 private:
  GstPad *pad_ = gst_pad_new("feed", GST_PAD_SRC);
  GstPad *into_ = nullptr;
};

// A box that passes on, and a fakesink behind it, playing; `in` is the box's sink pad.
struct BoxAndSink {
  BoxAndSink(const std::string &name, GstPadChainFunction chain = pass_on);
  Pipeline pipeline;
  GstElement *box, *sink;
  GstPad *in;
};

// Is this run with timing=hooks?
bool with_hooks();
// Threads of this process. A test that must be the first in its process skips itself when run behind others (ctest
// gives each test a process).
int thread_count();

// True as soon as `condition` is; false when `seconds` are over.
bool eventually(const std::function<bool()> &condition, int seconds = 10);

}  // namespace pyro::test
