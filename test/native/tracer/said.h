// What does the tracer's category say while a test runs?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace pyro::test {

// Only the code that is linked into the test: the plugin's own copy says nothing without a pipeline.
class Said {
 public:
  Said() { gst_debug_add_log_function(note, this, nullptr); }
  ~Said() { gst_debug_remove_log_function_by_data(this); }
  Said(const Said &) = delete;
  Said &operator=(const Said &) = delete;

  // "LEVEL text", in order; forgotten by that.
  std::vector<std::string> lines() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  static void note(GstDebugCategory *category, GstDebugLevel level, const gchar *, const gchar *, gint, GObject *,
                   GstDebugMessage *message, gpointer self) {
    const std::string name = gst_debug_category_get_name(category);
    if (name != "pyroscope" && name != "GST_TRACER") return;
    const std::lock_guard<std::mutex> lock(static_cast<Said *>(self)->mutex_);
    const std::string padded = gst_debug_level_get_name(level);
    static_cast<Said *>(self)->lines_.push_back(padded.substr(0, padded.find(' ')) + " " +
                                                gst_debug_message_get(message));
  }
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline GstDebugCategory *category_named(const char *name) { return _gst_debug_get_category(name); }

}  // namespace pyro::test
