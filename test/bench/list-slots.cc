// Which functions do the classes and pads of a pipeline's elements hold? Plays it for a moment, without a tracer, and
// lists them.
//
// "file<TAB>address in hexadecimal<TAB>what" a line: each word of a class structure that points into a file, data
// included; no function begins there.
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <gst/gst.h>
#include <link.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

void list(const std::string &what, gpointer word) {
  Dl_info file{};
  link_map *map = nullptr;
  if (word == nullptr || dladdr1(word, &file, reinterpret_cast<void **>(&map), RTLD_DL_LINKMAP) == 0) return;
  const auto address = reinterpret_cast<uintptr_t>(word) - map->l_addr;
  std::printf("%s\t%lx\t%s\n", file.dli_fname, static_cast<unsigned long>(address), what.c_str());
}

// From GObject's class down to that of `type`: what each ancestor adds to the structure, as `type` fills it.
void list_class(GType type) {
  std::vector<GType> ancestors;
  for (GType one = type; one != 0; one = g_type_parent(one)) ancestors.insert(ancestors.begin(), one);
  const auto *structure = static_cast<const char *>(g_type_class_ref(type));
  size_t from = sizeof(GTypeClass);
  for (const GType ancestor : ancestors) {
    GTypeQuery query{};
    g_type_query(ancestor, &query);
    for (; from + sizeof(gpointer) <= query.class_size; from += sizeof(gpointer)) {
      gpointer word = nullptr;
      std::memcpy(&word, structure + from, sizeof word);
      list(std::string(g_type_name(type)) + " " + g_type_name(ancestor) + "+" + std::to_string(from), word);
    }
  }
}

void list_pad(const std::string &element, GstPad *pad) {
  const std::string of = element + " " + GST_PAD_NAME(pad) + " ";
  list(of + "chain", reinterpret_cast<gpointer>(GST_PAD_CHAINFUNC(pad)));
  list(of + "chain list", reinterpret_cast<gpointer>(GST_PAD_CHAINLISTFUNC(pad)));
  list(of + "getrange", reinterpret_cast<gpointer>(GST_PAD_GETRANGEFUNC(pad)));
  list(of + "event", reinterpret_cast<gpointer>(GST_PAD_EVENTFUNC(pad)));
  list(of + "query", reinterpret_cast<gpointer>(GST_PAD_QUERYFUNC(pad)));
  list(of + "activate", reinterpret_cast<gpointer>(GST_PAD_ACTIVATEFUNC(pad)));
  list(of + "activate mode", reinterpret_cast<gpointer>(GST_PAD_ACTIVATEMODEFUNC(pad)));
  GST_OBJECT_LOCK(pad);
  if (GST_PAD_TASK(pad) != nullptr) list(of + "task", reinterpret_cast<gpointer>(GST_PAD_TASK(pad)->func));
  GST_OBJECT_UNLOCK(pad);
}

void each(GstIterator *iterator, void (*visit)(const GValue *, gpointer), gpointer data) {
  while (gst_iterator_foreach(iterator, visit, data) == GST_ITERATOR_RESYNC) gst_iterator_resync(iterator);
  gst_iterator_free(iterator);
}

void list_element(const GValue *value, gpointer) {
  auto *element = GST_ELEMENT(g_value_get_object(value));
  for (GType type = G_OBJECT_TYPE(element); g_type_is_a(type, GST_TYPE_ELEMENT); type = g_type_parent(type))
    list_class(type);
  std::string name = G_OBJECT_TYPE_NAME(element);
  const auto pad = [](const GValue *one, gpointer of) {
    list_pad(*static_cast<std::string *>(of), GST_PAD(g_value_get_object(one)));
  };
  each(gst_element_iterate_pads(element), pad, &name);
}

}  // namespace

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launchv(const_cast<const gchar **>(argv) + 1, &error);
  if (pipeline == nullptr || error != nullptr) {
    std::fprintf(stderr, "list-slots: %s\n", error == nullptr ? "no pipeline" : error->message);
    return 1;
  }
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  gst_element_get_state(pipeline, nullptr, nullptr, 20 * GST_SECOND);  // then all are linked and tasks run
  each(gst_bin_iterate_recurse(GST_BIN(pipeline)), list_element, nullptr);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return 0;
}
