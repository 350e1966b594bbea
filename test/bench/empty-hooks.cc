// What does a tracer cost that does nothing? Registers two empty hooks; the yardstick of the bench, never installed.
// SPDX-License-Identifier: MPL-2.0
#define PACKAGE "gst-pyroscope-bench"
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>
#include <gst/gsttracer.h>

struct GstEmptyHooks {
  GstTracer parent;
};
struct GstEmptyHooksClass {
  GstTracerClass parent;
};
G_DEFINE_TYPE(GstEmptyHooks, gst_empty_hooks, GST_TYPE_TRACER)

static void gst_empty_hooks_class_init(GstEmptyHooksClass *) {}
static void on_push(GstTracer *, guint64, GstPad *, GstBuffer *) {}
static void on_pushed(GstTracer *, guint64, GstPad *, GstFlowReturn) {}

static void gst_empty_hooks_init(GstEmptyHooks *self) {
  gst_tracing_register_hook(GST_TRACER(self), "pad-push-pre", G_CALLBACK(on_push));
  gst_tracing_register_hook(GST_TRACER(self), "pad-push-post", G_CALLBACK(on_pushed));
}

static gboolean plugin_init(GstPlugin *plugin) {
  return gst_tracer_register(plugin, "emptyhooks", gst_empty_hooks_get_type());
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, emptyhooks, "Two empty hooks", plugin_init, "1.0", "MPL",
                  "gst-pyroscope-bench", "https://gstreamer.freedesktop.org/")
