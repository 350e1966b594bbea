// How is the plugin brought into a test process? As in an application: environment, gst_init. Nothing else is told to
// it. SPDX-License-Identifier: MPL-2.0
#include <gst/gst.h>
#include <gtest/gtest.h>

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  g_setenv("GST_PLUGIN_PATH_1_0", PLUGIN_DIR, TRUE);
  g_setenv("GST_REGISTRY_1_0", BUILD_DIR "/tests/registry.bin", TRUE);
  // No agent: the test reads the segment itself. No process has this number, so nobody is waited for at exit.
  g_setenv("GST_PYROSCOPE_HOST_PID", "2147483647", TRUE);
  g_setenv("GST_TRACERS", "pyroscope", FALSE);  // a caller may choose parameters
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  g_setenv("GST_REGISTRY_FORK", "no", TRUE);  // GStreamer's scanner cannot load a plugin that needs a sanitizer
#endif
  gst_init(&argc, &argv);
  return RUN_ALL_TESTS();
}
