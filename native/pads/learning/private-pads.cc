// How are private pads made, linked and taken apart so that no tracer and no element notices?
// SPDX-License-Identifier: MPL-2.0
#include "pads/learning/private-pads.h"

#include <sys/prctl.h>

#include "pads/learning/poisoned-call.h"

// A parent that is no element of a factory. Its name is given, so that no automatic name is used up.
struct PyroPrivateParent {
  GstElement element;
};
struct PyroPrivateParentClass {
  GstElementClass element_class;
};
G_DEFINE_TYPE(PyroPrivateParent, pyro_private_parent, GST_TYPE_ELEMENT)
static void pyro_private_parent_class_init(PyroPrivateParentClass *) {}
static void pyro_private_parent_init(PyroPrivateParent *) {}

// A pool that starts no thread: it keeps what it should run.
struct PyroPrivatePool {
  GstTaskPool pool;
  GstTaskPoolFunction function;
  gpointer data;
};
struct PyroPrivatePoolClass {
  GstTaskPoolClass pool_class;
};
G_DEFINE_TYPE(PyroPrivatePool, pyro_private_pool, GST_TYPE_TASK_POOL)
static gpointer keep_for_later(GstTaskPool *pool, GstTaskPoolFunction function, gpointer data, GError **) {
  auto *own = reinterpret_cast<PyroPrivatePool *>(pool);
  own->function = function;
  own->data = data;
  return nullptr;
}
static void pyro_private_pool_class_init(PyroPrivatePoolClass *klass) {
  klass->pool_class.prepare = [](GstTaskPool *, GError **) {};
  klass->pool_class.cleanup = [](GstTaskPool *) {};
  klass->pool_class.push = keep_for_later;
  klass->pool_class.join = [](GstTaskPool *, gpointer) {};
}
static void pyro_private_pool_init(PyroPrivatePool *) {}

namespace pyro::pads {
namespace {

SlotObserver *observer_of(GstPad *pad) { return static_cast<SlotObserver *>(gst_pad_get_element_private(pad)); }

GstFlowReturn chain(GstPad *pad, GstObject *, GstBuffer *buffer) {
  observer_of(pad)->observe();
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

GstFlowReturn chain_list(GstPad *pad, GstObject *, GstBufferList *list) {
  observer_of(pad)->observe();
  gst_buffer_list_unref(list);
  return GST_FLOW_OK;
}

GstFlowReturn get_range(GstPad *pad, GstObject *, guint64, guint, GstBuffer **buffer) {
  observer_of(pad)->observe();
  *buffer = gst_buffer_new();
  return GST_FLOW_OK;
}

gboolean event(GstPad *pad, GstObject *, GstEvent *event) {
  observer_of(pad)->observe();
  gst_event_unref(event);
  return TRUE;
}

gboolean query(GstPad *pad, GstObject *parent, GstQuery *query) {
  observer_of(pad)->observe();
  return GST_QUERY_TYPE(query) == GST_QUERY_LATENCY || gst_pad_query_default(pad, parent, query);
}

gboolean activate_mode(GstPad *pad, GstObject *, GstPadMode, gboolean) {
  observer_of(pad)->observe();
  return TRUE;
}

struct TaskTrial {
  GstTask *task;
  SlotObserver *observer;
};

void one_loop(gpointer data) {
  auto *trial = static_cast<TaskTrial *>(data);
  trial->observer->observe();
  gst_task_stop(trial->task);
}

}  // namespace

PrivatePads::PrivatePads(SlotObserver &observer) : observer_(observer) {}

PrivatePads::~PrivatePads() {
  for (GstObject *object : kept_) {
    if (GST_IS_PAD(object) && GST_OBJECT_PARENT(object)) gst_object_unparent(object);
    gst_object_unref(object);
  }
}

GstPad *PrivatePads::make(const char *name, GstPadDirection direction) {
  GstPad *pad = GST_PAD(gst_object_ref_sink(gst_pad_new(name, direction)));
  kept_.push_back(GST_OBJECT(pad));
  gst_pad_set_element_private(pad, &observer_);
  gst_pad_set_event_function(pad, event);
  gst_pad_set_query_function(pad, query);
  gst_pad_set_activatemode_function(pad, activate_mode);
  if (!with_parent_) return pad;
  auto *parent =
      static_cast<GstObject *>(g_object_new(pyro_private_parent_get_type(), "name", "pyroscope-private", nullptr));
  kept_.push_back(static_cast<GstObject *>(gst_object_ref_sink(parent)));
  gst_object_set_parent(GST_OBJECT(pad), parent);
  return pad;
}

void start_stream(GstPad *source) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(source, gst_event_new_stream_start("pyroscope-private"));
  gst_pad_push_event(source, gst_event_new_segment(&segment));
}

void PrivatePads::make_inactive_pair() {
  expect_nothing();
  src_ = make("src", GST_PAD_SRC);
  sink_ = make("sink", GST_PAD_SINK);
  ghost_ = nullptr;
}

void PrivatePads::make_push_pair(ListFunction list, Through through) {
  make_inactive_pair();
  gst_pad_set_chain_function(sink_, chain);
  if (list == ListFunction::kOwn) gst_pad_set_chain_list_function(sink_, chain_list);
  GstPad *entry = sink_;
  if (through == Through::kGhost) {
    ghost_ = GST_PAD(gst_object_ref_sink(gst_ghost_pad_new("ghost", sink_)));
    kept_.push_back(GST_OBJECT(ghost_));
    entry = ghost_;
  }
  gst_pad_set_active(src_, TRUE);
  gst_pad_set_active(entry, TRUE);
  if (ghost_) gst_pad_set_active(sink_, TRUE);
  gst_pad_link_full(src_, entry, GST_PAD_LINK_CHECK_NOTHING);
  start_stream(src_);
}

void PrivatePads::make_pull_pair() {
  make_inactive_pair();
  gst_pad_set_getrange_function(src_, get_range);
  gst_pad_link_full(src_, sink_, GST_PAD_LINK_CHECK_NOTHING);
  gst_pad_activate_mode(sink_, GST_PAD_MODE_PULL, TRUE);
}

void PrivatePads::unmake_pair() {
  expect_nothing();
  for (GstPad *pad : {src_, sink_, ghost_})
    if (pad) gst_pad_set_active(pad, FALSE);
  if (GstPad *peer = gst_pad_get_peer(src_)) {
    gst_pad_unlink(src_, peer);
    gst_object_unref(peer);
  }
  if (ghost_) gst_ghost_pad_set_target(GST_GHOST_PAD(ghost_), nullptr);
}

void PrivatePads::expect_downstream(Route route) {
  GstPad *internal = ghost_ ? GST_PAD(gst_proxy_pad_get_internal(GST_PROXY_PAD(ghost_))) : nullptr;
  observer_.expect({{sink_, ghost_}, {src_, internal}, nullptr, route});
  if (internal) gst_object_unref(internal);
}

void PrivatePads::expect_upstream(Route route) {
  observer_.expect({{src_, nullptr}, {sink_, nullptr}, nullptr, route});
}

void PrivatePads::expect_nothing() { observer_.expect({}); }

void run_private_task(GstPad *pad, SlotObserver &observer, uint64_t junk) {
  auto *pool =
      static_cast<PyroPrivatePool *>(g_object_new(pyro_private_pool_get_type(), "name", "pyroscope-private", nullptr));
  gst_object_ref_sink(pool);
  auto *task = static_cast<GstTask *>(g_object_new(GST_TYPE_TASK, "name", "pyroscope-private", nullptr));
  gst_object_ref_sink(task);
  TaskTrial trial{task, &observer};
  task->func = one_loop;
  task->user_data = &trial;
  gst_task_set_lock(task, GST_PAD_GET_STREAM_LOCK(pad));
  gst_task_set_pool(task, &pool->pool);
  observer.expect({{nullptr, nullptr}, {nullptr, nullptr}, GST_PAD_GET_STREAM_LOCK(pad), Route::kTask});
  gst_task_start(task);
  char name[17] = {};  // gst_task_func gives the thread the name of its task
  prctl(PR_GET_NAME, name);
  if (pool->function) {
    const uint64_t arguments[4] = {reinterpret_cast<uint64_t>(pool->data), 0, 0, 0};
    pyro_scrambled_call(reinterpret_cast<const void *>(pool->function), arguments, junk);
  }
  prctl(PR_SET_NAME, name);
  observer.expect({});
  gst_task_join(task);
  gst_object_unref(task);
  gst_object_unref(pool);
}

}  // namespace pyro::pads
