// How is a proxy pad's default function timed?
// SPDX-License-Identifier: MPL-2.0
#include "pads/wrap/proxy-pads.h"

#include <utility>

#include "threads/live.h"
#include "threads/thread-record.h"
#include "timing/timing.h"

namespace pyro::pads {
namespace {

constexpr uint32_t kPassage = 0;  // kind of its frames: no wire::CellKind

class Passage {
 public:
  explicit Passage(GstPad *pad) : pad_(pad), thread_(threads::current()) {
    session_ = threads::session_number();
    if (!thread_ || thread_->depth == 0 || thread_->session != session_) return;
    if (!(segment_ = threads::live_segment())) return;
    hop_.element = thread_->frames[thread_->depth - 1].element;
    depth_ = timing::enter(*thread_, *segment_, pad_, kPassage, hop_);
  }
  ~Passage() {
    // Not in a child that was forked inside.
    if (segment_ && threads::live_segment() == segment_ && threads::session_number() == session_)
      timing::leave(*thread_, *segment_, pad_, kPassage, depth_, hop_, {0, 0}, wire::kFlowOk);
  }
  Passage(const Passage &) = delete;
  Passage &operator=(const Passage &) = delete;

 private:
  GstPad *pad_;
  threads::ThreadRecord *thread_;
  wire::Segment *segment_ = nullptr;
  uint64_t session_;
  timing::Hop hop_{};
  uint32_t depth_ = 0;
};

// Each stands for one function that never changes, so it needs no state of the pad, wherever it is copied to.
GstFlowReturn chain(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
  const Passage passage(pad);
  return gst_proxy_pad_chain_default(pad, parent, buffer);
}

GstFlowReturn chain_list(GstPad *pad, GstObject *parent, GstBufferList *list) {
  const Passage passage(pad);
  return gst_proxy_pad_chain_list_default(pad, parent, list);
}

GstFlowReturn get_range(GstPad *pad, GstObject *parent, guint64 offset, guint length, GstBuffer **buffer) {
  const Passage passage(pad);
  return gst_proxy_pad_getrange_default(pad, parent, offset, length, buffer);
}

template <typename Function>
void replace(Function *slot, Function theirs, Function ours) {
  Function expected = theirs;  // anything else wins, also when it comes meanwhile
  __atomic_compare_exchange_n(slot, &expected, ours, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

}  // namespace

void wrap_proxy_pad(GstPad *pad) {
  replace<GstPadChainFunction>(&GST_PAD_CHAINFUNC(pad), gst_proxy_pad_chain_default, chain);
  replace<GstPadChainListFunction>(&GST_PAD_CHAINLISTFUNC(pad), gst_proxy_pad_chain_list_default, chain_list);
  replace<GstPadGetRangeFunction>(&GST_PAD_GETRANGEFUNC(pad), gst_proxy_pad_getrange_default, get_range);
}

void name_passages_for_logs() {
  const std::pair<GstDebugFuncPtr, const char *> names[] = {
      {reinterpret_cast<GstDebugFuncPtr>(chain), "pyroscope_passage_chain"},
      {reinterpret_cast<GstDebugFuncPtr>(chain_list), "pyroscope_passage_chain_list"},
      {reinterpret_cast<GstDebugFuncPtr>(get_range), "pyroscope_passage_get_range"}};
  for (const auto &[function, name] : names) _gst_debug_register_funcptr(function, name);
}

}  // namespace pyro::pads
