// Which role has a function, and when is its name known?
// SPDX-License-Identifier: MPL-2.0
#include "pads/learning/roles.h"

#include <dlfcn.h>

namespace pyro::pads {
namespace {

constexpr uint32_t bit(Route route) { return 1u << static_cast<uint32_t>(route); }

// TABLE: what a function in this place does, and how GStreamer's sources (gst/gstpad.c, gst/gsttask.c) call the only
// one that does; nullptr where they have several. The first row that fits a function is its name.
struct Row {
  Route route;
  bool direct;
  const char *role, *upstream;
};
constexpr Row kRows[] = {
    {Route::kData, true, "[calls chain functions]", "gst_pad_chain_data_unchecked"},
    {Route::kPull, true, "[calls getrange functions]", "gst_pad_get_range_unchecked"},
    {Route::kEvent, true, "[calls event functions]", "gst_pad_send_event_unchecked"},
    {Route::kQuery, true, "[calls query functions]", nullptr},
    {Route::kActivation, true, "[calls activation functions]", nullptr},
    {Route::kTask, true, "[runs a task]", "gst_task_func"},
    {Route::kData, false, "[pushes data]", "gst_pad_push_data"},
    {Route::kListApart, false, "[takes lists apart]", "gst_pad_chain_list_default"},
    {Route::kPull, false, "[pulls data]", nullptr},
    {Route::kEvent, false, "[pushes events]", nullptr},
    {Route::kQuery, false, "[asks queries]", nullptr},
    {Route::kActivation, false, "[activates pads]", nullptr},
};

bool is_exported(const void *function) {
  Dl_info info{};
  return dladdr(function, &info) != 0 && info.dli_saddr == function;
}

}  // namespace

void RoleObserver::note(const void *function, Route route, bool direct) {
  uint32_t i = 0;
  while (i < count_ && functions_[i].at != function) i++;
  if (i == kMostFunctions) return;
  if (i == count_) functions_[count_++] = {function, 0, 0, is_exported(function)};
  (direct ? functions_[i].direct : functions_[i].between) |= bit(route);
}

// A function that calls a pad's function itself is further out as well, where pads are nested: that is not another
// role.
bool RoleObserver::has(const Function &function, Route route, bool direct) {
  if (direct) return (function.direct & bit(route)) != 0;
  const bool earlier = route == Route::kListApart && (function.between & bit(Route::kData)) != 0;
  return function.direct == 0 && (function.between & bit(route)) != 0 && !earlier;
}

// An exported function lies further out than the static one that it calls. One that calls a pad's function itself has
// that static function compiled into it, and may have left another caller under a name that is not its own.
uint32_t RoleObserver::candidates(Route route, bool direct) const {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count_; i++)
    found += (direct || !functions_[i].exported) && has(functions_[i], route, direct);
  return found;
}

uint32_t RoleObserver::roles(NamedRole *out, uint32_t most) const {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count_ && found < most; i++) {
    if (functions_[i].exported) continue;
    for (const Row &row : kRows) {
      if (!has(functions_[i], row.route, row.direct)) continue;
      const bool only = row.upstream && candidates(row.route, row.direct) == 1;
      out[found++] = {functions_[i].at, only ? row.upstream : row.role};
      break;
    }
  }
  return found;
}

}  // namespace pyro::pads
