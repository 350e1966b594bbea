// What happens to one pad of the churn, and who knows how many buffers it got?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

namespace pyro::test {

inline constexpr uint64_t kPadsPerLife = 3;  // the sink pad, and two that push into it
inline constexpr const char *kPoolPrefix = ":pool";
inline constexpr uint64_t kPoolNames = 8;

// gst_init with the tracer, as an application has it.
void load_tracer();

// Calls of a function that was not, or no longer, the pad's.
uint64_t stale_calls();

// Makes pads in one thread, on an element of its own; a second thread pushes a part of the buffers.
class Maker {
 public:
  void begin(const std::string &name);
  void end();
  // A pad from first to last. Its name is one of a pool, or was never there before.
  void live(uint64_t number, bool unique);
  // Buffers that the functions got, by pad as cells name it; all unique ones are "the others".
  void add_truth(std::map<std::string, uint64_t> &truth) const;

 private:
  void push_here_and_there(GstPad *source, uint64_t number);
  GstPad *new_source(const char *name, GstPad *sink, uint64_t number);

  std::string name_;
  GstElement *pipeline_ = nullptr, *box_ = nullptr, *other_ = nullptr;
  GThread *pusher_ = nullptr;
  GAsyncQueue *work_ = nullptr, *done_ = nullptr;
  uint64_t unique_ = 0;
  uint64_t pooled_buffers_[kPoolNames] = {}, unique_buffers_ = 0;
};

}  // namespace pyro::test
