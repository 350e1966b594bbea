// The tracer as GStreamer sees it.
//
// |[ GST_TRACERS=pyroscope gst-launch-1.0 videotestsrc num-buffers=300 ! x264enc ! fakesink ]|
//
// It registers no hook, unless timing=hooks asks for them: a single one switches on GStreamer's dispatch at every hook
// point of the process (240 to 340 ns per push before any work). The core disposes of tracers without hooks, so it
// keeps a reference to itself.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include "tracer/presets.h"

GType gst_pyro_profiler_tracer_get_type();

// The type of a preset, a subtype of that; 0 when its names are taken.
GType gst_pyro_preset_tracer_get_type(const pyro::tracer::Preset &preset);
