// What does GStreamer find in this plugin?
// SPDX-License-Identifier: MPL-2.0
#define PACKAGE "gst-pyroscope"
#include <gst/gst.h>

#include "tracer/tracer.h"

static gboolean plugin_init(GstPlugin *plugin) {
  const gboolean registered = gst_tracer_register(plugin, "pyroscope", gst_pyro_profiler_tracer_get_type());
  for (const pyro::tracer::Preset &preset : pyro::tracer::kPresets)
    if (const GType type = gst_pyro_preset_tracer_get_type(preset)) gst_tracer_register(plugin, preset.factory, type);
  return registered;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, pyroscope,
                  "Continuous profiler: which element is slow, and why", plugin_init, PYRO_VERSION, "MPL",
                  "gst-pyroscope", "https://gstreamer.freedesktop.org/")
