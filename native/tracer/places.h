// Where does a pad lie: in which element, which bins, which pipeline, and who is at the other side?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pyro::tracer {

struct Unref {
  void operator()(gpointer object) const { gst_object_unref(object); }
};
template <typename T>
using Ref = std::unique_ptr<T, Unref>;

// One object on the way from the pipeline down to an element.
struct Node {
  Ref<GstObject> object;
  std::string name, factory, plugin, klass, type;
  uint64_t flags = 0;
  bool pipeline = false;
};

struct PadPlace {
  std::vector<Node> path;  // outermost first; empty = a pad without an element
  std::string name, pad_template;
  uint64_t direction = 0;
};

// Asks GStreamer, without any lock of ours: whoever calls holds a reference to the pad.
PadPlace place_of(GstPad *pad);
// The pad at the other side of the link, through any number of ghost pads; nullptr when there is none.
Ref<GstPad> real_peer(GstPad *pad);

}  // namespace pyro::tracer
