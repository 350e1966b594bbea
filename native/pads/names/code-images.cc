// How does the loader say which file an address is in, without a lock?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/code-images.h"

#include <dlfcn.h>

namespace pyro::pads {
namespace {

// struct dl_find_object of glibc's <dlfcn.h>, which older headers have not.
struct Found {
  unsigned long long flags;
  void *map_start, *map_end, *link_map, *eh_frame;
  unsigned long long reserved[11];
};
using FindObject = int (*)(void *address, Found *found);

// Looked up while the loader loads us: later its lock may be held for long.
const auto find_object = reinterpret_cast<FindObject>(dlsym(RTLD_DEFAULT, "_dl_find_object"));

bool image_at(const void *address, CodeImage &image) {
  Found found{};
  if (find_object(const_cast<void *>(address), &found) != 0) return false;
  image = {reinterpret_cast<uintptr_t>(found.map_start), reinterpret_cast<uintptr_t>(found.map_end),
           reinterpret_cast<uintptr_t>(found.eh_frame)};
  return true;
}

bool are_the_same(const CodeImage &a, const CodeImage &b) {
  return a.begin == b.begin && a.end == b.end && a.tables == b.tables;
}

bool has(const CodeImage &image, const void *address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  return at >= image.begin && at < image.end;
}

}  // namespace

bool CodeImages::meet(const void *function) {
  CodeImage image;
  if (!find_object || !image_at(function, image)) return true;
  if (last_ < met_.size() && are_the_same(met_[last_], image)) return true;
  for (last_ = 0; last_ < met_.size(); last_++)
    if (are_the_same(met_[last_], image)) return true;
  if (met_.size() == kMost) return false;
  met_.push_back(image);
  return true;
}

bool CodeImages::is_where_it_was(const void *function) const {
  if (!find_object) return true;
  CodeImage now;
  if (!image_at(function, now)) return false;
  bool is_met = false;
  for (const CodeImage &image : met_) {
    if (!has(image, function)) continue;
    if (!are_the_same(image, now)) return false;
    is_met = true;
  }
  return is_met;
}

}  // namespace pyro::pads
