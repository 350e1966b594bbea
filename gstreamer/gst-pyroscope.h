/* How does an application find a tracer that is active in its process, to ask or to change it?
 * For C and C++; GStreamer 1.18 or newer, nothing else to link.
 * SPDX-License-Identifier: MPL-2.0 */
#ifndef GST_PYROSCOPE_H
#define GST_PYROSCOPE_H

#ifndef GST_USE_UNSTABLE_API
#define GST_USE_UNSTABLE_API /* tracers are: it keeps the header below quiet */
#endif
#include <gst/gst.h>
#include <gst/gsttracer.h>
#include <gst/gsttracerfactory.h>

G_BEGIN_DECLS

/* The type of the tracers that this factory makes; 0 without such a factory. */
static inline GType gst_pyroscope_tracer_type(const char *factory_name) {
  GType type = 0;
  GstPluginFeature *feature =
      gst_registry_find_feature(gst_registry_get(), factory_name, gst_tracer_factory_get_type());
  /* The registry's cache does not know the type; the feature of the loaded plugin does. */
  GstPluginFeature *loaded = feature ? gst_plugin_feature_load(feature) : NULL;
  if (loaded) type = gst_tracer_factory_get_tracer_type(GST_TRACER_FACTORY(loaded));
  if (loaded) gst_object_unref(loaded);
  if (feature) gst_object_unref(feature);
  return type;
}

/* The active tracer that this factory made ("pyroscope", "prometheus-latency-tracer", "latency" ...); NULL without one.
 * Borrowed: ours live as long as the process, others until gst_deinit.
 *
 *   char *metrics = NULL;
 *   g_signal_emit_by_name(gst_tracer_find("pyroscope"), "request-metrics", &metrics);
 *   g_free(metrics);
 *
 * Its properties enabled, sample-rate, wall-rate, timing, span-ratio and span-slow may be set at any time, from any
 * thread; they are followed within a tenth of a second:
 *
 *   g_object_set(gst_tracer_find("pyroscope"), "enabled", FALSE, NULL);
 */
static inline GstTracer *gst_tracer_find(const char *factory_name) {
  const GType type = gst_pyroscope_tracer_type(factory_name);
  GstTracer *found = NULL;
  GList *tracers, *at;
  if (type == 0) return NULL;
  /* GStreamer lists tracers by their hooks. Ours have none, so each leaves itself with its type. */
  found = (GstTracer *)g_type_get_qdata(type, g_quark_from_static_string("gst-pyroscope-active-tracer"));
  if (found) return found;
  tracers = gst_tracing_get_active_tracers();
  for (at = tracers; at && !found; at = at->next)
    if (G_OBJECT_TYPE(at->data) == type) found = (GstTracer *)at->data;
  g_list_free_full(tracers, gst_object_unref);
  return found;
}

G_END_DECLS

#endif
