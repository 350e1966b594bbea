// How do the parameters of GST_TRACERS become a running session?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/tracer.h"

#include <cstdlib>

#include "tracer/log.h"
#include "tracer/session.h"

struct GstPyroProfilerTracer {
  GstTracer parent;
  pyro::tracer::Settings *settings;  // never freed: the tracer lives as long as the process
};

struct GstPyroProfilerTracerClass {
  GstTracerClass parent;
};

using pyro::tracer::kOptionCount;
using pyro::tracer::Option;
using pyro::tracer::OptionInfo;
using pyro::tracer::Type;

G_DEFINE_TYPE(GstPyroProfilerTracer, gst_pyro_profiler_tracer, GST_TYPE_TRACER)

static Option option_of(guint property) { return static_cast<Option>(property - 1); }

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
  const pyro::tracer::Settings *settings = reinterpret_cast<GstPyroProfilerTracer *>(object)->settings;
  if (!settings) return;
  const Option option = option_of(id);
  const std::string clean = pyro::tracer::without_secrets(settings->text(option));
  if (G_IS_PARAM_SPEC_INT(spec))
    g_value_set_int(value, static_cast<gint>(settings->number(option)));
  else if (G_IS_PARAM_SPEC_BOOLEAN(spec))
    g_value_set_boolean(value, settings->flag(option));
  else
    g_value_set_string(value, clean.c_str());
}

static GParamSpec *property_for(const OptionInfo &info) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  if (info.type == Type::kInt)
    return g_param_spec_int(info.name, info.name, info.blurb, static_cast<gint>(info.low), static_cast<gint>(info.high),
                            static_cast<gint>(std::strtol(info.fallback, nullptr, 10)), flags);
  if (info.type == Type::kBool)
    return g_param_spec_boolean(info.name, info.name, info.blurb, g_str_equal(info.fallback, "true"), flags);
  return g_param_spec_string(info.name, info.name, info.blurb, info.fallback, flags);
}

static const char *environment(const char *name) { return std::getenv(name); }

static void constructed(GObject *object) {
  G_OBJECT_CLASS(gst_pyro_profiler_tracer_parent_class)->constructed(object);
  gchar *params = nullptr;
  g_object_get(object, "params", &params, nullptr);
  auto *settings = new pyro::tracer::Settings(pyro::tracer::read_settings(params, environment));
  g_free(params);
  reinterpret_cast<GstPyroProfilerTracer *>(object)->settings = settings;
  gst_object_ref(object);
  pyro::tracer::log_init();
  for (const std::string &sentence : settings->ignored) pyro::tracer::warn(sentence);
  pyro::tracer::session_configure(*settings);
}

static void gst_pyro_profiler_tracer_class_init(GstPyroProfilerTracerClass *klass) {
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->constructed = constructed;
  object_class->get_property = get_property;
  for (guint i = 0; i < kOptionCount; i++)
    g_object_class_install_property(object_class, i + 1,
                                    property_for(pyro::tracer::option_info(static_cast<Option>(i))));
}

static void gst_pyro_profiler_tracer_init(GstPyroProfilerTracer *tracer) { tracer->settings = nullptr; }
