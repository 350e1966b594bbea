// Through which routes are private pads sent, so that every call of a pad's function is met?
// SPDX-License-Identifier: MPL-2.0
#include "pads/learning/pad-registers.h"

#include <pthread.h>

#include <atomic>
#include <cstddef>

#include "pads/learning/poisoned-call.h"
#include "pads/learning/private-pads.h"

namespace pyro::pads {
namespace {

constexpr int kTrials = 3;  // of each route, with a parent and as many without
constexpr uint32_t kFewestInside = 2;

std::atomic<bool> learning{false};
pthread_t learner;  // valid while `learning`

// Tracers that hook nothing a pad does.
constexpr const char *kQuietTracers[] = {"GstLeaksTracer", "GstPyroProfilerTracer"};  // and their subtypes

bool is_quiet(GstTracer *tracer) {
  for (const char *name : kQuietTracers)
    if (const GType type = g_type_from_name(name); type != 0 && g_type_is_a(G_OBJECT_TYPE(tracer), type)) return true;
  return false;
}

uint64_t as_word(const void *pointer) { return reinterpret_cast<uint64_t>(pointer); }

// GStreamer's function is called with nothing of ours in any register that it might leave alone.
class Trials {
 public:
  explicit Trials(SlotObserver &observer) : pads_(observer) {}

  void run() {
    for (const bool parent : {false, true}) {
      pads_.with_parent(parent);
      for (int trial = 0; trial < kTrials; trial++) {
        push();
        lists();
        pulls();
        events();
        queries();
        activation();
        task();
      }
    }
  }

 private:
  template <typename Function>
  uint64_t call(Function function, uint64_t a, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0) {
    const uint64_t arguments[4] = {a, b, c, d};
    return pyro_scrambled_call(reinterpret_cast<const void *>(function), arguments, junk_ += 0x1000);
  }
  uint64_t src() const { return as_word(pads_.src()); }
  uint64_t sink() const { return as_word(pads_.sink()); }

  static GstBufferList *list_of_one() {
    GstBufferList *list = gst_buffer_list_new();
    gst_buffer_list_add(list, gst_buffer_new());
    return list;
  }

  void push() {
    for (const Through through : {Through::kNothing, Through::kGhost}) {
      pads_.make_push_pair(ListFunction::kOwn, through);
      pads_.expect_downstream(Route::kData);
      call(gst_pad_push, src(), as_word(gst_buffer_new()));
      const gulong probe = gst_pad_add_probe(
          pads_.src(), GST_PAD_PROBE_TYPE_BUFFER,
          [](GstPad *, GstPadProbeInfo *, gpointer) { return GST_PAD_PROBE_OK; }, nullptr, nullptr);
      call(gst_pad_push, src(), as_word(gst_buffer_new()));
      gst_pad_remove_probe(pads_.src(), probe);
      if (through == Through::kNothing) call(gst_pad_chain, sink(), as_word(gst_buffer_new()));
      pads_.unmake_pair();
    }
  }

  void lists() {
    for (const ListFunction list : {ListFunction::kOwn, ListFunction::kDefault}) {
      pads_.make_push_pair(list);
      pads_.expect_downstream(list == ListFunction::kOwn ? Route::kData : Route::kListApart);
      call(gst_pad_push_list, src(), as_word(list_of_one()));
      call(gst_pad_chain_list, sink(), as_word(list_of_one()));
      pads_.unmake_pair();
    }
  }

  void pulls() {
    pads_.make_pull_pair();
    pads_.expect_upstream(Route::kPull);
    GstBuffer *buffer = nullptr;
    call(gst_pad_pull_range, sink(), 0, 16, as_word(&buffer));
    gst_clear_buffer(&buffer);
    call(gst_pad_get_range, src(), 0, 16, as_word(&buffer));
    gst_clear_buffer(&buffer);
    pads_.unmake_pair();
  }

  static GstEvent *custom(GstEventType type) {
    return gst_event_new_custom(type, gst_structure_new_empty("pyroscope-private"));
  }

  static GstFlowReturn take_event(GstPad *pad, GstObject *, GstEvent *event) {
    static_cast<SlotObserver *>(gst_pad_get_element_private(pad))->observe();
    gst_event_unref(event);
    return GST_FLOW_OK;
  }

  void events() {
    for (const bool full : {false, true}) {
      pads_.make_push_pair(ListFunction::kOwn);
      if (full) gst_pad_set_event_full_function(pads_.sink(), take_event);
      pads_.expect_downstream(Route::kEvent);
      call(gst_pad_push_event, src(), as_word(custom(GST_EVENT_CUSTOM_DOWNSTREAM)));
      call(gst_pad_push_event, src(), as_word(custom(GST_EVENT_CUSTOM_DOWNSTREAM_STICKY)));
      call(gst_pad_push_event, src(), as_word(custom(GST_EVENT_CUSTOM_DOWNSTREAM_OOB)));
      call(gst_pad_send_event, sink(), as_word(custom(GST_EVENT_CUSTOM_DOWNSTREAM)));
      pads_.expect_upstream(Route::kEvent);
      call(gst_pad_push_event, sink(), as_word(custom(GST_EVENT_CUSTOM_UPSTREAM)));
      call(gst_pad_send_event, src(), as_word(custom(GST_EVENT_CUSTOM_UPSTREAM)));
      pads_.unmake_pair();
    }
  }

  void query(GstQuery *query) {
    call(gst_pad_query, sink(), as_word(query));
    call(gst_pad_peer_query, src(), as_word(query));
    gst_query_unref(query);
  }

  void queries() {
    pads_.make_push_pair(ListFunction::kOwn);
    pads_.expect_downstream(Route::kQuery);
    query(gst_query_new_latency());
    query(gst_query_new_drain());
    pads_.unmake_pair();
  }

  void activation() {
    pads_.make_inactive_pair();
    pads_.expect_downstream(Route::kActivation);
    call(gst_pad_activate_mode, sink(), GST_PAD_MODE_PUSH, TRUE);
    call(gst_pad_set_active, sink(), FALSE);
    pads_.expect_upstream(Route::kActivation);
    call(gst_pad_set_active, src(), TRUE);
    call(gst_pad_activate_mode, src(), GST_PAD_MODE_PUSH, FALSE);
    pads_.expect_nothing();
  }

  void task() {
    pads_.make_inactive_pair();
    run_private_task(pads_.src(), pads_.observer(), junk_ += 0x1000);
  }

  PrivatePads pads_;
  uint64_t junk_ = 0x5bad000000000000;
};

}  // namespace

// Another tracer would count our private pads; the latency tracer of GStreamer 1.26 even hangs at the first of them.
bool other_tracers_active() {
  bool others = false;
  GList *tracers = gst_tracing_get_active_tracers();
  for (GList *item = tracers; item; item = item->next) {
    others = others || !is_quiet(GST_TRACER(item->data));
    gst_object_unref(item->data);
  }
  g_list_free(tracers);
  return others;
}

PrivateUse::PrivateUse() {
  learner = pthread_self();
  learning.store(true, std::memory_order_release);
}
PrivateUse::~PrivateUse() { learning.store(false, std::memory_order_release); }

bool is_learning_thread() { return learning.load(std::memory_order_acquire) && pthread_equal(learner, pthread_self()); }

LearnedSlots learn_slots() {
  LearnedSlots learned;
  if (other_tracers_active()) {
    learned.why = "another tracer is at work";
    return learned;
  }
  SlotObserver observer(reinterpret_cast<const void *>(gst_pad_push), offsetof(GstPad, stream_rec_lock));
  {
    const PrivateUse here;
    Trials(observer).run();
  }
  learned.count = observer.slots(learned.slot, SlotObserver::kMostAddresses);
  learned.role_count = observer.roles().roles(learned.role, RoleObserver::kMostFunctions);
  uint32_t inside = 0, driving = 0;
  for (uint32_t i = 0; i < learned.count; i++) {
    inside += learned.slot[i].kind == threads::kInsidePad;
    driving += learned.slot[i].kind == threads::kDrivingPad;
  }
  if (inside >= kFewestInside && driving > 0) return learned;
  learned.count = 0;
  learned.why = "this build of GStreamer keeps its pads elsewhere";
  return learned;
}

}  // namespace pyro::pads
