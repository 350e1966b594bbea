// How do the parameters of GST_TRACERS become a running session?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/tracer.h"

#include <cstdlib>

#include "tracer/log.h"
#include "tracer/params-split.h"
#include "tracer/session.h"

struct GstPyroProfilerTracer {
  GstTracer parent;
  pyro::tracer::Settings *settings;  // never freed: the tracer lives as long as the process
};

struct GstPyroProfilerTracerClass {
  GstTracerClass parent;
  const pyro::tracer::Preset *preset;  // nullptr: none
};

using pyro::tracer::kOptionCount;
using pyro::tracer::Option;
using pyro::tracer::OptionInfo;
using pyro::tracer::Type;

G_DEFINE_TYPE(GstPyroProfilerTracer, gst_pyro_profiler_tracer, GST_TYPE_TRACER)

// Behind the options: whether anything is recorded, the one that `standby` is the beginning of.
static constexpr guint kEnabled = kOptionCount + 1;

static Option option_of(guint property) { return static_cast<Option>(property - 1); }

static bool may_change(Option option) {
  using namespace pyro::tracer;
  return option == kSampleRate || option == kWallRate || option == kTiming || option == kSpanRatio ||
         option == kSpanSlow;
}

static std::string text_of(const GValue *value) {
  if (G_VALUE_HOLDS_INT(value)) return std::to_string(g_value_get_int(value));
  const gchar *text = g_value_get_string(value);
  return text ? text : "";
}

// As `gst-pyroscope set` does it from outside.
static void set_property(GObject *, guint id, const GValue *value, GParamSpec *) {
  const bool enabled = id == kEnabled;
  const std::string text = enabled ? (g_value_get_boolean(value) ? "false" : "true") : text_of(value);
  const std::string why = pyro::tracer::session_set(enabled ? pyro::tracer::kStandby : option_of(id), text);
  if (!why.empty()) pyro::tracer::warn(why);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
  const pyro::tracer::Settings *settings = reinterpret_cast<GstPyroProfilerTracer *>(object)->settings;
  if (!settings) return;
  if (id == kEnabled) {
    const std::optional<std::string> standby = pyro::tracer::session_setting(pyro::tracer::kStandby);
    return g_value_set_boolean(value, standby && *standby == "false");
  }
  const Option option = option_of(id);
  std::optional<std::string> now;
  if (may_change(option)) now = pyro::tracer::session_setting(option);
  const std::string text = now ? *now : settings->text(option);
  if (G_IS_PARAM_SPEC_INT(spec))
    g_value_set_int(value, static_cast<gint>(std::strtol(text.c_str(), nullptr, 10)));
  else if (G_IS_PARAM_SPEC_BOOLEAN(spec))
    g_value_set_boolean(value, text == "true");
  else
    g_value_set_string(value, pyro::tracer::without_secrets(text).c_str());
}

static GParamSpec *property_for(Option option) {
  const OptionInfo &info = pyro::tracer::option_info(option);
  const auto flags =
      static_cast<GParamFlags>((may_change(option) ? G_PARAM_READWRITE : G_PARAM_READABLE) | G_PARAM_STATIC_STRINGS);
  if (info.type == Type::kInt)
    return g_param_spec_int(info.name, info.name, info.blurb, static_cast<gint>(info.low), static_cast<gint>(info.high),
                            static_cast<gint>(std::strtol(info.fallback, nullptr, 10)), flags);
  if (info.type == Type::kBool)
    return g_param_spec_boolean(info.name, info.name, info.blurb, g_str_equal(info.fallback, "true"), flags);
  return g_param_spec_string(info.name, info.name, info.blurb, info.fallback, flags);
}

static GParamSpec *property_for_enabled() {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  return g_param_spec_boolean("enabled", "enabled", "whether anything is recorded; false at the start with standby",
                              TRUE, flags);
}

static const char *environment(const char *name) { return std::getenv(name); }

static const pyro::tracer::Preset *preset_of(GObject *object) {
  return reinterpret_cast<GstPyroProfilerTracerClass *>(G_OBJECT_GET_CLASS(object))->preset;
}

// GStreamer lists active tracers by their hooks, and there are none: gstreamer/gst-pyroscope.h looks here.
static void announce_active_tracer(GObject *object) {
  const GQuark quark = g_quark_from_static_string("gst-pyroscope-active-tracer");
  if (!g_type_get_qdata(G_OBJECT_TYPE(object), quark)) g_type_set_qdata(G_OBJECT_TYPE(object), quark, object);
}

static void constructed(GObject *object) {
  G_OBJECT_CLASS(gst_pyro_profiler_tracer_parent_class)->constructed(object);
  gchar *params = nullptr;
  g_object_get(object, "params", &params, nullptr);
  const pyro::tracer::Preset *preset = preset_of(object);
  const char *tracers = environment("GST_TRACERS");
  const std::string whole = pyro::tracer::uncut(params ? params : "", tracers ? tracers : "");
  const pyro::tracer::Settings settings = with_preset(pyro::tracer::read_settings(whole.c_str(), environment), preset);
  g_free(params);
  reinterpret_cast<GstPyroProfilerTracer *>(object)->settings = new pyro::tracer::Settings(effective(settings));
  if (preset) gst_object_set_name(GST_OBJECT(object), preset->object_name);
  gst_object_ref(object);
  announce_active_tracer(object);
  pyro::tracer::log_init();
  for (const std::string &sentence : settings.ignored) pyro::tracer::warn(sentence);
  for (const std::string &sentence : settings.notes) pyro::tracer::info(sentence);
  pyro::tracer::session_configure(settings);
  pyro::tracer::session_use_tracer(object);
}

// The text is made here, in the target, of its own segment: no agent, no port.
static gchar *metrics(GstTracer *) { return g_strdup(pyro::tracer::session_metrics().c_str()); }

// "request-metrics" as the first of these tracers called it, "metrics" as its successor does.
static void install_signals(GType type) {
  const auto flags = static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION);
  for (const char *name : {"request-metrics", "metrics"})
    g_signal_new_class_handler(name, type, flags, G_CALLBACK(metrics), nullptr, nullptr, nullptr, G_TYPE_STRING, 0);
}

static void gst_pyro_profiler_tracer_class_init(GstPyroProfilerTracerClass *klass) {
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->constructed = constructed;
  object_class->get_property = get_property;
  object_class->set_property = set_property;
  for (guint i = 0; i < kOptionCount; i++)
    g_object_class_install_property(object_class, i + 1, property_for(static_cast<Option>(i)));
  g_object_class_install_property(object_class, kEnabled, property_for_enabled());
  install_signals(G_TYPE_FROM_CLASS(klass));
}

static void gst_pyro_profiler_tracer_init(GstPyroProfilerTracer *tracer) { tracer->settings = nullptr; }

static void preset_class_init(gpointer klass, gpointer preset) {
  static_cast<GstPyroProfilerTracerClass *>(klass)->preset = static_cast<const pyro::tracer::Preset *>(preset);
}

GType gst_pyro_preset_tracer_get_type(const pyro::tracer::Preset &preset) {
  const char *name = g_type_from_name(preset.type) == 0 ? preset.type : preset.own_type;
  if (g_type_from_name(name) != 0) return 0;
  GTypeInfo info{};
  info.class_size = sizeof(GstPyroProfilerTracerClass);
  info.class_init = preset_class_init;
  info.class_data = &preset;
  info.instance_size = sizeof(GstPyroProfilerTracer);
  return g_type_register_static(gst_pyro_profiler_tracer_get_type(), name, &info, static_cast<GTypeFlags>(0));
}
