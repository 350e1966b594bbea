// How does a warning reach a person who never set GST_DEBUG?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/log.h"

#include <gst/gst.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

GST_DEBUG_CATEGORY_STATIC(pyroscope_debug);
#define GST_CAT_DEFAULT pyroscope_debug

namespace pyro::tracer {
namespace {

std::atomic<bool> open{false};

}  // namespace

void log_init() {
  static gsize done = 0;
  if (!g_once_init_enter(&done)) return;
  GST_DEBUG_CATEGORY_INIT(pyroscope_debug, "pyroscope", 0, "Continuous profiler");
  // A tracer that fails is invisible at GStreamer's default level. A GST_DEBUG that names our category decides alone.
  const char *wanted = std::getenv("GST_DEBUG");
  if ((!wanted || !std::strstr(wanted, "pyroscope")) &&
      gst_debug_category_get_threshold(pyroscope_debug) < GST_LEVEL_WARNING)
    gst_debug_category_set_threshold(pyroscope_debug, GST_LEVEL_WARNING);
  open.store(true);
  g_once_init_leave(&done, 1);
}

void log_close() { open.store(false); }

void warn(const std::string &sentence) {
  if (open.load()) GST_WARNING("%s", sentence.c_str());
}

void info(const std::string &sentence) {
  if (open.load()) GST_INFO("%s", sentence.c_str());
}

void detail(const std::string &sentence) {
  if (open.load()) GST_LOG("%s", sentence.c_str());
}

bool records_wanted() {
  GstDebugCategory *category = open.load() ? _gst_debug_get_category("GST_TRACER") : nullptr;
  return category && gst_debug_category_get_threshold(category) >= GST_LEVEL_TRACE;
}

void record(const std::string &line) {
  if (records_wanted()) GST_CAT_TRACE(_gst_debug_get_category("GST_TRACER"), "%s;", line.c_str());
}

}  // namespace pyro::tracer
