// Birth, buffers, another function, another peer, more buffers from another thread, death in either order.
// SPDX-License-Identifier: MPL-2.0
#include "life.h"

#include <array>
#include <utility>

#include "pipeline.h"

namespace pyro::test {
namespace {

constexpr int kFunctions = 16;
std::atomic<uint64_t> stale{0};

// What the pad's function finds as its data. Freed with the pad, and overwritten before.
struct Life {
  GstPad *pad;
  int function;
  uint64_t buffers;
};

// Only the pad's own, present function may be called, with the data it was set with.
bool is_right(const Life *life, const GstPad *pad, int function) {
  const bool right = life && life->pad == pad && life->function == function;
  if (!right) stale++;
  return right;
}

template <int function>
GstFlowReturn chain(GstPad *pad, GstObject *, GstBuffer *buffer) {
  Life *life = static_cast<Life *>(pad->chaindata);
  if (is_right(life, pad, function)) life->buffers++;
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

template <int function>
GstFlowReturn chain_list(GstPad *pad, GstObject *, GstBufferList *list) {
  Life *life = static_cast<Life *>(pad->chainlistdata);
  if (is_right(life, pad, function)) life->buffers += gst_buffer_list_length(list);
  gst_buffer_list_unref(list);
  return GST_FLOW_OK;
}

template <int... i>
constexpr std::array<std::pair<GstPadChainFunction, GstPadChainListFunction>, sizeof...(i)> all(
    std::integer_sequence<int, i...>) {
  return {std::pair{&chain<i>, &chain_list<i>}...};
}
constexpr auto functions = all(std::make_integer_sequence<int, kFunctions>());

// Lists only for every other life: the others have GStreamer's own.
void set_functions(Life &life, uint64_t number, bool lists) {
  life.function = static_cast<int>(number % kFunctions);
  const auto &[buffer, list] = functions[number % kFunctions];
  gst_pad_set_chain_function_full(life.pad, buffer, &life, nullptr);
  if (lists) gst_pad_set_chain_list_function_full(life.pad, list, &life, nullptr);
}

struct Work {
  GstPad *pad;
  uint64_t number;
};

void push(GstPad *source, uint64_t number) {
  gst_pad_push(source, buffer_of(16));
  if (number % 3) return;
  GstBufferList *list = gst_buffer_list_new();
  for (int i = 0; i < 4; i++) gst_buffer_list_add(list, buffer_of(16));
  gst_pad_push_list(source, list);
}

gpointer push_all(gpointer both) {
  auto *queues = static_cast<std::pair<GAsyncQueue *, GAsyncQueue *> *>(both);
  for (;;) {
    Work *work = static_cast<Work *>(g_async_queue_pop(queues->first));
    if (work->pad) push(work->pad, work->number);
    g_async_queue_push(queues->second, work);
    if (!work->pad) break;
  }
  delete queues;
  return nullptr;
}

}  // namespace

uint64_t stale_calls() { return stale; }

void load_tracer() {
  g_setenv("GST_PLUGIN_PATH_1_0", PLUGIN_DIR, TRUE);
  g_setenv("GST_REGISTRY_1_0", BUILD_DIR "/tests/registry.bin", TRUE);
  g_setenv("GST_PYROSCOPE_HOST_PID", "2147483647", TRUE);  // no agent: the segment is read here
  g_setenv("GST_TRACERS", "pyroscope(sample-rate=0)", FALSE);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  g_setenv("GST_REGISTRY_FORK", "no", TRUE);
#endif
  gst_init(nullptr, nullptr);
}

void Maker::begin(const std::string &name) {
  name_ = name;
  pipeline_ = gst_pipeline_new(name.c_str());
  box_ = new_box("box");
  other_ = new_box("other");
  gst_bin_add_many(GST_BIN(pipeline_), box_, other_, nullptr);
  work_ = g_async_queue_new();
  done_ = g_async_queue_new();
  pusher_ = g_thread_new("pusher", push_all, new std::pair(work_, done_));
}

void Maker::end() {
  Work stop{};
  g_async_queue_push(work_, &stop);
  g_async_queue_pop(done_);
  g_thread_join(pusher_);
  g_async_queue_unref(work_);
  g_async_queue_unref(done_);
  gst_object_unref(pipeline_);
}

// Every other one belongs to an element.
GstPad *Maker::new_source(const char *name, GstPad *sink, uint64_t number) {
  GstPad *source = GST_PAD(gst_object_ref_sink(gst_pad_new(name, GST_PAD_SRC)));
  if (number % 2) gst_element_add_pad(other_, source);
  gst_pad_set_active(source, TRUE);
  gst_pad_link(source, sink);
  push_preamble(source);
  return source;
}

void Maker::push_here_and_there(GstPad *source, uint64_t number) {
  push(source, number);
  Work work{source, number};
  g_async_queue_push(work_, &work);
  g_async_queue_pop(done_);
}

void Maker::live(uint64_t number, bool unique) {
  const uint64_t slot = number % kPoolNames;
  const std::string name = unique ? "u" + std::to_string(unique_++) : "pool" + std::to_string(slot);
  GstPad *sink = GST_PAD(gst_object_ref_sink(gst_pad_new(name.c_str(), GST_PAD_SINK)));
  Life *life = new Life{sink, 0, 0};
  set_functions(*life, number, number % 2);
  gst_element_add_pad(box_, sink);
  gst_pad_set_active(sink, TRUE);
  GstPad *first = new_source("first", sink, number);
  push_here_and_there(first, number);
  gst_pad_unlink(first, sink);
  set_functions(*life, number + 1 + number / kFunctions % (kFunctions - 1), number % 2);
  GstPad *second = new_source("second", sink, number / 2);
  push_here_and_there(second, number);
  (unique ? unique_buffers_ : pooled_buffers_[slot]) += life->buffers;
  *life = {};
  if (number % 3 == 0) gst_element_remove_pad(box_, sink);  // unlinks
  for (GstPad *source : {first, second}) {
    if (GST_OBJECT_PARENT(source)) gst_element_remove_pad(other_, source);
    gst_object_unref(source);
  }
  if (number % 3 != 0) gst_element_remove_pad(box_, sink);
  gst_object_unref(sink);
  delete life;
}

void Maker::add_truth(std::map<std::string, uint64_t> &truth) const {
  for (uint64_t slot = 0; slot < kPoolNames; slot++)
    truth[name_ + "/box" + kPoolPrefix + std::to_string(slot)] += pooled_buffers_[slot];
  truth["the others"] += unique_buffers_;
}

}  // namespace pyro::test
