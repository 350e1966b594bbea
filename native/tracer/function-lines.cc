// How do names of functions become lines of the directory, and how many fit?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/function-lines.h"

#include <pthread.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "pads/names/function-names.h"
#include "pads/wrap/wrap.h"
#include "process/redact.h"
#include "tracer/naming.h"
#include "unwind/modules/modules.h"

namespace pyro::tracer {
namespace {

// Of the directory, in one session. The last of it is kept for names that turn out to be those of several types.
constexpr size_t kMostBytes = 192 * 1024, kKeptBytes = 16 * 1024;

// So often a second's look goes to pads after something new was linked.
constexpr uint32_t kLooks = 3;

struct Lines {
  explicit Lines(bool in_child) : child(in_child) {}
  const bool child;
  uint32_t looks = kLooks;
  pads::FunctionNames names;
  size_t bytes = 0;
  bool told_roles = false;
  std::vector<pads::FunctionPlace> with_role;
  uint64_t notes_refused = 0;
  std::string text;
  uint32_t count = 0;
};
Lines *lines = nullptr;  // the background thread's; never freed: in a child it may be in the middle of a change

pads::FunctionPlace locate(gconstpointer function) {
  const unwind::CodePlace place = unwind::ModuleMap::instance().file_of(function);
  return place.tag > wire::kOverflowId ? pads::FunctionPlace{place.tag, place.address} : pads::FunctionPlace{};
}

std::string line_of(const pads::FunctionPlace &at, wire::FunctionOrigin origin, const std::string &name) {
  char place[40];
  std::snprintf(place, sizeof place, "%" PRIx32 " %" PRIx64 " %c ", at.module, at.address, origin);
  return place + process::redact_name(name) + '\n';
}

// False: there was no room.
bool flush() {
  if (lines->text.empty()) return true;
  const Locked locked;
  const bool added = add_function_lines(lines->text, lines->count);
  lines->text.clear();
  lines->count = 0;
  return added;
}

bool is_room_for(size_t bytes, bool had_name, bool scarce) {
  const size_t most = had_name ? kMostBytes : kMostBytes - kKeptBytes;
  return bytes <= wire::kMaxName && lines->bytes + bytes <= most && (!scarce || had_name);
}

// Returns how many lines are lost by it: this one, or those before it.
uint32_t add_line(const std::string &line) {
  const uint32_t before = lines->count;
  const bool kept = lines->text.size() + line.size() <= wire::kMaxText || flush();
  lines->text += line;
  lines->count++;
  lines->bytes += line.size();
  return kept ? 0 : before;
}

// Of GStreamer's pads and tasks, as the session learned them; of threads, once a process and by this thread.
struct Roles {
  const pads::NamedRole *of_pads = nullptr;
  uint32_t of_pads_count = 0;
  pads::NamedRole of_threads[8];
  uint32_t of_threads_count = 0;
  bool asked = false;
} roles;

bool is_safe_for_libgcc(gconstpointer function) { return unwind::ModuleMap::is_safe_for_libgcc(function); }

// A child has what its parent knew: threads that it does not have may hold the locks of GLib's pools.
void ask_for_thread_roles() {
  if (roles.asked || lines->child) return;
  roles.asked = true;
  if (is_safe_for_libgcc(reinterpret_cast<gconstpointer>(g_thread_pool_new)) &&
      is_safe_for_libgcc(reinterpret_cast<gconstpointer>(pthread_create)) &&
      is_safe_for_libgcc(reinterpret_cast<gconstpointer>(function_lines_begin)))
    roles.of_threads_count = pads::learn_thread_roles(roles.of_threads, std::size(roles.of_threads));
}

void tell_roles(const pads::NamedRole *each, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const pads::FunctionPlace place = locate(each[i].function);
    if (place.module == 0) continue;
    add_line(line_of(place, wire::kFromRole, each[i].name));
    lines->with_role.push_back(place);
  }
}

// GStreamer's own function for the pads that have none says more by its role.
bool has_role(const pads::FunctionPlace &place) {
  const auto is_same = [&](const pads::FunctionPlace &other) {
    return other.module == place.module && other.address == place.address;
  };
  return std::any_of(lines->with_role.begin(), lines->with_role.end(), is_same);
}

// They are few and come first: there is room.
void tell_roles_once() {
  if (lines->told_roles) return;
  lines->told_roles = true;
  ask_for_thread_roles();
  tell_roles(roles.of_pads, roles.of_pads_count);
  tell_roles(roles.of_threads, roles.of_threads_count);
}

}  // namespace

void function_lines_begin(bool child) { lines = new Lines(child); }

void note_roles(const pads::NamedRole *of_pads, uint32_t count) {
  roles.of_pads = of_pads;
  roles.of_pads_count = count;
}

// Not in a child: threads that it does not have may hold locks of its pads.
void function_lines_look() {
  if (pads::is_wrapping() || lines->child || lines->looks == 0) return;
  lines->looks--;
  pads::for_each_referenced(pads::note_functions_of);
}

bool function_lines_came() {
  const bool came = lines->names.take();
  if (came) lines->looks = kLooks;
  return came || !lines->told_roles || pads::notes_refused() != lines->notes_refused;
}

void publish_function_lines(wire::Segment &segment) {
  uint64_t refused = pads::notes_refused() - lines->notes_refused;
  lines->notes_refused += refused;
  bool scarce;
  {
    const Locked locked;
    scarce = names_are_scarce();
  }
  tell_roles_once();
  for (const auto &[place, name, had_name] : lines->names.update(locate)) {
    if (has_role(place)) continue;
    const std::string line = line_of(place, wire::kFromType, name);
    refused += is_room_for(line.size(), had_name, scarce) ? add_line(line) : 1;
  }
  const uint32_t before = lines->count;
  if (!flush()) refused += before;
  if (refused > 0) segment.counters.add(wire::kFunctionNamesFull, refused);
}

}  // namespace pyro::tracer
