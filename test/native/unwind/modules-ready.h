// How do tests get tables before the first sample, and raw addresses back from frames?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "unwind/modules/modules.h"
#include "unwind/walk/unwinder.h"

namespace pyro::unwind::test {

struct Tagged {
  std::string path, build_id;
  ModuleKind kind;
  uint64_t bias, size;
};

// By tag. Only grows, in the thread that refreshes.
inline std::vector<Tagged> &tagged() {
  static std::vector<Tagged> *all = new std::vector<Tagged>(1);
  return *all;
}

inline void refresh_and_tag() {
  ModuleMap &map = ModuleMap::instance();
  map.refresh();
  map.tag_new(
      [](void *, const ModuleInfo &info) {
        tagged().push_back({info.path, info.build_id, info.kind, info.bias, info.size});
        return static_cast<uint32_t>(tagged().size() - 1);
      },
      nullptr);
}

// Tables for this program, what it is linked with, and the core.
inline void build_tables() {
  ModuleMap &map = ModuleMap::instance();
  map.request_core();
  map.request_table_for(reinterpret_cast<const void *>(&build_tables));
  refresh_and_tag();
}

inline uint32_t frame_tag(uint64_t frame) { return static_cast<uint32_t>(frame >> 44); }
inline uint64_t frame_address(uint64_t frame) { return frame & ((uint64_t{1} << 44) - 1); }
inline uint64_t raw_address(uint64_t frame) {
  const uint32_t tag = frame_tag(frame);
  return tag == 0 || tag >= tagged().size() ? 0 : tagged()[tag].bias + frame_address(frame);
}

}  // namespace pyro::unwind::test
