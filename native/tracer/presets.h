// What does the name of a factory promise? TABLE: presets, other names under which people know tracers like this one.
//
// A preset is the same core with other defaults. All factories of one process share one session, so what they were
// told is joined before it begins.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

#include "tracer/params.h"

namespace pyro::tracer {

struct Preset {
  const char *factory;
  const char *type;         // the GType that applications may look for, taken if it is free …
  const char *own_type;     // … else this one
  const char *object_name;  // applications look for it among the active tracers
  const char *compat;       // value of the option
  bool traces;              // it is known for its spans: sends them, and metrics, unless told otherwise
};

inline constexpr Preset kPresets[] = {
    {"prometheus-latency-tracer", "PrometheusLatencyTracer", "GstPyroPrometheusLatencyTracer",
     "prometheus-latency-tracer", "seed", false},
    {"prom-latency", "promlatencytracer", "GstPyroPromLatencyTracer", "promlatencytracer0", "prom-latency", false},
    {"oteltracer", "OtelTracer", "GstPyroOtelTracer", "oteltracer", "none", true},
    {"otel-tracer", "oteltracer", "GstPyroOtelTracerDash", "oteltracer0", "none", true},
};

// What one tracer was told, under a preset or without one.
Settings with_preset(Settings settings, const Preset *preset);
// Another tracer of the same process was told this as well: who said more wins, then who came first.
void join(Settings &settings, const Settings &more);
// As the session uses it: latency tracers send nothing and take no samples unless an option asks for that.
Settings effective(Settings settings);

// Has an agent anything to do? `config_file` (GST_PYROSCOPE_CONFIG) is read there and may ask for it.
bool wants_agent(const Settings &settings, const char *config_file);

// What `flags` asks for. How long buffers stay in each element costs a histogram more a push, so it comes not
// without asking, by flags or by the name of a tracer that is known for it.
struct Latencies {
  bool pipeline, element, reported;
};
Latencies latencies(const Settings &settings);
// Families besides ours, as exposition/ reads them.
std::string families(const Settings &settings);
// Where metrics are served on every address of the machine because an older tracer did: a sentence; else "".
std::string public_port(const Settings &settings);

}  // namespace pyro::tracer
