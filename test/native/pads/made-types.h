// Which classes does a test make whose callbacks it knows? Declared here, made in made-types.cc.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <string>

namespace pyro::pads::test {

// Elements with a sink pad "sink", unless they say otherwise.
GType base_type();         // TestBase: change_state, and in its own part a word of data and a callback
GType middle_type();       // TestMiddle, a TestBase: finalize, and a callback of its own
GType last_type();         // TestLast, a TestMiddle: overrides TestBase's callback
GType many_type();         // TestMany: three hundred callbacks of its own
GType left_type();         // TestLeft: query and send_event
GType right_type();        // TestRight: the same function for query, TestLeft's send_event for set_context
GType twin_pads_type();    // TestTwinPads: pads "left" and "right" with one chain function, and an event function each
GType holder_type();       // TestHolder, a GstBin without pads: change_state
GType dynamic_type();      // TestDynamic, of a GTypeModule: change_state, and a callback in its own part
GType below_type();        // TestBelow, a TestDynamic: overrides that callback, finalize, and a callback of its own
GType interpreted_type();  // TestInterpreted: change_state is code that was made at run time, set_property is GLib's

struct BaseClass {
  GstElementClass parent;
  gulong number;
  int (*work)();
};
struct MiddleClass {
  BaseClass parent;
  int (*rest)();
};
struct DynamicClass {
  GstElementClass parent;
  int (*work)();
};
struct BelowClass {
  DynamicClass parent;
  int (*rest)();
};
inline constexpr size_t kManySlots = 300;
struct ManyClass {
  GstElementClass parent;
  gpointer slot[kManySlots];
};

struct Made {
  explicit Made(GType type) : element(GST_ELEMENT(gst_object_ref_sink(g_object_new(type, nullptr)))) {}
  ~Made() { gst_object_unref(element); }
  Made(const Made &) = delete;
  Made &operator=(const Made &) = delete;
  GstElement *element;
};

}  // namespace pyro::pads::test
