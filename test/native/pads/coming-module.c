// Which element's code comes and goes with its library? Loaded and unloaded by a test, as a plugin is. Built under
// three names, which all fit the same place in memory.
// SPDX-License-Identifier: MPL-2.0
#include <gst/gst.h>

GType coming_type(void);
GstStateChangeReturn coming_change_state(GstElement *element, GstStateChange change);

GstStateChangeReturn coming_change_state(GstElement *element, GstStateChange change) {
  GstElementClass *parent = g_type_class_peek(GST_TYPE_ELEMENT);
  return parent->change_state(element, change);
}

static void fill(gpointer klass, gpointer data) {
  (void)data;
  GST_ELEMENT_CLASS(klass)->change_state = coming_change_state;
}

static void add_sink(GTypeInstance *instance, gpointer klass) {
  (void)klass;
  gst_element_add_pad(GST_ELEMENT(instance), gst_pad_new("sink", GST_PAD_SINK));
}

GType coming_type(void) {
  const GTypeInfo info = {sizeof(GstElementClass), NULL, NULL, fill, NULL, NULL, sizeof(GstElement), 0, add_sink, NULL};
  return g_type_register_static(GST_TYPE_ELEMENT, COMING_TYPE, &info, 0);
}
