// Where is a pad: in which element, in which bins, in which pipeline, and what is at the other side of its link?
//
// Asked of GStreamer, which takes locks of its objects: never under a lock of ours.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <memory>
#include <string>
#include <vector>

namespace pyro::tracer {

struct Unref {
  void operator()(gpointer object) const { gst_object_unref(object); }
};
template <typename T>
using Ref = std::unique_ptr<T, Unref>;

// One object on the way from the pipeline down to an element. In the directory an element's texts are name, factory,
// plugin, klass, type, capacity ("" = not limited) and published.
struct Node {
  Ref<GstObject> object;
  std::string name, factory, plugin, klass, type;
  uint64_t flags = 0;
  int leaky = 0;          // the property of a queue
  int capacity = 0;       // of a queue: buffers; 0 = not limited, or no queue
  std::string published;  // of a sink: published.h
  bool pipeline = false;
  uint64_t ordinal = 0;  // of a pipeline whose object is let go (naming.h)
};

struct PadPlace {
  std::vector<Node> path;  // outermost first; empty = a pad without an element
  GstPad *pad = nullptr;   // the caller's reference
  std::string name, pad_template;
  uint64_t direction = 0;
};

// `pad` is referenced by the caller.
PadPlace place_of(GstPad *pad);
// The same for an element: a path, and no name of a pad.
PadPlace place_of(GstElement *element);
// In a forked child: what would need a lock of GLib's is left out (the klass, whether a queue is leaky and how large,
// whether a sink waits and where it publishes).
void read_no_properties();
// The pad at the other side of the link, through any number of ghost pads; nullptr when there is none.
Ref<GstPad> real_peer(GstPad *pad);

}  // namespace pyro::tracer
