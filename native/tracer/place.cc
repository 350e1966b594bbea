// How is a pad's place asked of GStreamer?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/place.h"

#include <algorithm>

#include "process/redact.h"
#include "tracer/published.h"
#include "wire/directory.h"

namespace pyro::tracer {
namespace {

// Names of types, properties and metadata are found under locks that all of GLib shares. In a forked child a thread
// that is not there may hold them.
bool in_child = false;

std::string take(gchar *text) {
  std::string copy(text ? text : "");
  g_free(text);
  return copy;
}

void describe_factory(GstElement *element, Node &node) {
  GstElementFactory *factory = gst_element_get_factory(element);
  if (!factory) {
    node.factory = G_OBJECT_TYPE_NAME(element);
    return;
  }
  node.factory = GST_OBJECT_NAME(factory);
  const gchar *klass = in_child ? nullptr : gst_element_factory_get_metadata(factory, GST_ELEMENT_METADATA_KLASS);
  if (klass) node.klass = klass;
  if (const gchar *plugin = gst_plugin_feature_get_plugin_name(GST_PLUGIN_FEATURE(factory))) node.plugin = plugin;
}

// The property is read where its class is one of GStreamer's own: no code of a stranger runs in here.
gint number_of(GstElement *element, const char *owner, const char *property) {
  if (in_child) return 0;
  const GType type = g_type_from_name(owner);
  GParamSpec *spec = type ? g_object_class_find_property(G_OBJECT_GET_CLASS(element), property) : nullptr;
  if (!spec || spec->owner_type != type) return 0;
  GValue value = G_VALUE_INIT, number = G_VALUE_INIT;
  g_value_init(&value, spec->value_type);
  g_value_init(&number, G_TYPE_INT);
  g_object_get_property(G_OBJECT(element), property, &value);
  const gint got = g_value_transform(&value, &number) ? g_value_get_int(&number) : 0;
  g_value_unset(&value);
  g_value_unset(&number);
  return got;
}

// Of the types in published.h's table, which are GStreamer's own.
std::string published_by(GstElement *element, const std::string &type) {
  const char *property = in_child ? nullptr : publishing_property(type);
  GParamSpec *spec = property ? g_object_class_find_property(G_OBJECT_GET_CLASS(element), property) : nullptr;
  if (!spec || spec->value_type != G_TYPE_STRING || !(spec->flags & G_PARAM_READABLE)) return "";
  gchar *value = nullptr;
  g_object_get(element, property, &value, nullptr);
  const std::string name = published_name(type, take(value));
  return process::redact_name(name) == name ? name : "";
}

Node describe(Ref<GstObject> reference) {
  Node node;
  GstObject *object = reference.get();
  node.object = std::move(reference);
  node.name = take(gst_object_get_name(object));
  node.type = G_OBJECT_TYPE_NAME(object);
  node.pipeline = GST_IS_PIPELINE(object);
  if (!GST_IS_ELEMENT(object)) return node;
  describe_factory(GST_ELEMENT(object), node);
  if (GST_IS_BIN(object)) node.flags |= wire::kElementBin;
  if (GST_OBJECT_FLAG_IS_SET(object, GST_ELEMENT_FLAG_SOURCE)) node.flags |= wire::kElementSource;
  if (GST_OBJECT_FLAG_IS_SET(object, GST_ELEMENT_FLAG_SINK)) node.flags |= wire::kElementSink;
  node.leaky = number_of(GST_ELEMENT(object), "GstQueue", "leaky");
  if (node.leaky != 0) node.flags |= wire::kElementLeaky;
  for (const char *queue : {"GstQueue", "GstQueue2"})
    node.capacity = std::max(node.capacity, number_of(GST_ELEMENT(object), queue, "max-size-buffers"));
  if (number_of(GST_ELEMENT(object), "GstBaseSink", "sync") != 0) node.flags |= wire::kElementSync;
  node.published = published_by(GST_ELEMENT(object), node.type);
  return node;
}

std::vector<Node> path_to(Ref<GstObject> object) {
  std::vector<Node> path;
  while (object) {
    Ref<GstObject> parent{gst_object_get_parent(object.get())};
    path.insert(path.begin(), describe(std::move(object)));
    object = std::move(parent);
  }
  return path;
}

constexpr int kMaxProxies = 64;  // nesting of bins between two elements

}  // namespace

void read_no_properties() { in_child = true; }

// A pad's parent may be missing for ever (internal pads), and need not be an element.
PadPlace place_of(GstPad *pad) {
  PadPlace place;
  place.pad = pad;
  place.name = take(gst_object_get_name(GST_OBJECT(pad)));
  place.direction = GST_PAD_DIRECTION(pad) == GST_PAD_SRC ? 1 : 2;
  if (Ref<GstPadTemplate> pad_template{gst_pad_get_pad_template(pad)})
    if (const gchar *name = GST_PAD_TEMPLATE_NAME_TEMPLATE(pad_template.get())) place.pad_template = name;
  place.path = path_to(Ref<GstObject>{gst_object_get_parent(GST_OBJECT(pad))});
  return place;
}

PadPlace place_of(GstElement *element) {
  PadPlace place;
  place.path = path_to(Ref<GstObject>{GST_OBJECT(gst_object_ref(element))});
  return place;
}

Ref<GstPad> real_peer(GstPad *pad) {
  Ref<GstPad> peer{gst_pad_get_peer(pad)};
  for (int i = 0; peer && GST_IS_PROXY_PAD(peer.get()) && i < kMaxProxies; i++) {
    // At the outside of a bin stands its ghost pad, at the inside the ghost's internal pad: each names the other.
    Ref<GstPad> other{GST_PAD(gst_proxy_pad_get_internal(GST_PROXY_PAD(peer.get())))};
    if (!other) return nullptr;
    peer.reset(gst_pad_get_peer(other.get()));
  }
  return peer;
}

}  // namespace pyro::tracer
