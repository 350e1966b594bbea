// What does the tracer say, and where? GStreamer's debug log, category "pyroscope"; warnings are shown by default.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

namespace pyro::tracer {

void log_init();
// After gst_deinit there is nothing to log to.
void log_close();
void warn(const std::string &sentence);
void info(const std::string &sentence);
// Level 6, for who follows each step.
void detail(const std::string &sentence);
// Lines for category GST_TRACER at level TRACE, where GStreamer's own tracers write records; false = they are not
// wanted.
bool records_wanted();
void record(const std::string &line);

}  // namespace pyro::tracer
