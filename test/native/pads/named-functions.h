// How do tests ask what a function of this process is called, without a tracer?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <dlfcn.h>
#include <link.h>

#include <map>
#include <string>
#include <utility>

#include "pads/names/function-names.h"

namespace pyro::pads::test {

// The loader's own answer: which file, and where in it. Numbers are given as files are met.
inline FunctionPlace place_of(gconstpointer function) {
  static std::map<const link_map *, uint32_t> numbers;
#ifdef DLFO_STRUCT_HAS_EH_DBASE
  dl_find_object found;  // dladdr() looks for a symbol too, which takes longer than all that is measured here
  if (_dl_find_object(const_cast<gpointer>(function), &found) != 0) return {};
  const link_map *map = found.dlfo_link_map;
#else
  Dl_info info;
  link_map *map = nullptr;
  if (!dladdr1(function, &info, reinterpret_cast<void **>(&map), RTLD_DL_LINKMAP)) return {};
#endif
  const auto number = static_cast<uint32_t>(numbers.size() + 1);
  return {numbers.emplace(map, number).first->second, reinterpret_cast<uint64_t>(function) - map->l_addr};
}

// What a reader of all lines knows.
class Reader {
 public:
  // Reads on; how many lines there were.
  size_t read_on() {
    if (!names_.take()) return 0;
    const std::vector<NamedFunction> lines = names_.update(place_of);
    for (const NamedFunction &line : lines) names[{line.place.module, line.place.address}] = line.name;
    for (const NamedFunction &line : lines) bytes += line.name.size() + sizeof "22 12345 t \n";
    return lines.size();
  }
  std::string of(gconstpointer function) const {
    const FunctionPlace place = place_of(function);
    const auto found = names.find({place.module, place.address});
    return found == names.end() ? "" : found->second;
  }
  template <typename Function>
  std::string of(Function *function) const {
    return of(reinterpret_cast<gconstpointer>(function));
  }

  std::map<std::pair<uint32_t, uint64_t>, std::string> names;
  size_t bytes = 0;

 private:
  FunctionNames names_;
};

inline std::string name_of(gconstpointer function) {
  Reader reader;
  reader.read_on();
  return reader.of(function);
}
template <typename Function>
std::string name_of(Function *function) {
  return name_of(reinterpret_cast<gconstpointer>(function));
}

// As when each of its pads is linked.
inline void note_pads_of(GstElement *element) {
  GST_OBJECT_LOCK(element);
  GList *pads = g_list_copy_deep(
      element->pads, [](gconstpointer pad, gpointer) { return gst_object_ref(const_cast<gpointer>(pad)); }, nullptr);
  GST_OBJECT_UNLOCK(element);
  for (GList *item = pads; item; item = item->next) note_functions_of(GST_PAD(item->data));
  g_list_free_full(pads, gst_object_unref);
}

}  // namespace pyro::pads::test
