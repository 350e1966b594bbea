// Whose is a function, and what is it called there?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/function-names.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace pyro::pads {
namespace {

bool by_function(const FunctionNote &a, const FunctionNote &b) { return a.function < b.function; }

// These have no pad functions of their own: what they share with a pad's function is the library.
bool is_core(const NotedType &type) {
  for (const char *name : {"GObject", "GInitiallyUnowned", "GstObject", "GstElement", "GstBin", "GstPipeline"})
    if (std::strcmp(type.name, name) == 0) return true;
  return false;
}

template <typename Same>
bool all_of(const std::vector<FunctionNote> &claims, Same same) {
  return std::all_of(claims.begin(), claims.end(), same);
}

}  // namespace

// What was noted of a file that is gone says nothing of the file that lies there now.
FunctionPlace FunctionNames::place_of(gconstpointer function, Locate locate) const {
  return noted_.images.is_where_it_was(function) ? locate(function) : FunctionPlace{};
}

// A class one of whose callbacks is in no file was made at run time, by an interpreter, and lives nowhere; so does one
// that has as many functions in one module as in another. A word that may be a callback and is no code is data.
void FunctionNames::find_homes(Locate locate) {
  std::map<std::pair<uint16_t, uint32_t>, uint32_t> votes;  // of type and module; module 0 first
  for (size_t i = sorted_.size(); i < noted_.notes.size(); i++) {
    const FunctionNote &note = noted_.notes[i];
    if (note.kind == NoteKind::kPadFunction) continue;
    const uint32_t module = place_of(note.function, locate).module;
    if (module != 0 || noted_.types[note.of].layout) votes[{note.type, module}]++;
  }
  homes_.resize(noted_.types.size(), kAnywhere);
  std::pair<uint16_t, uint32_t> most{kNoType, 0};  // type, and the votes for its home
  for (const auto &[of, count] : votes) {
    const auto [type, module] = of;
    if (most.first != type) {
      most = {type, module == 0 ? UINT32_MAX : count};
      homes_[type] = module;
    } else if (count >= most.second) {
      homes_[type] = count == most.second ? 0 : module;
      most.second = count;
    }
  }
}

std::vector<NamedFunction> FunctionNames::update(Locate locate) {
  find_homes(locate);
  std::vector<FunctionNote> added(noted_.notes.begin() + static_cast<ptrdiff_t>(sorted_.size()), noted_.notes.end());
  std::sort(added.begin(), added.end(), by_function);
  std::vector<NamedFunction> changed;
  for (auto at = added.begin(); at != added.end();) {
    const auto end = std::upper_bound(at, added.end(), *at, by_function);
    const auto [from, to] = std::equal_range(sorted_.begin(), sorted_.end(), *at, by_function);
    const FunctionPlace place = place_of(at->function, locate);
    Claims claims(from, to);
    const std::string before = claims.empty() || place.module == 0 ? "" : name_of(claims, place.module);
    claims.insert(claims.end(), at, end);
    std::string now = place.module == 0 ? "" : name_of(claims, place.module);
    if (now != before) changed.push_back({place, std::move(now), !before.empty()});
    at = end;
  }
  std::vector<FunctionNote> both(sorted_.size() + added.size());
  std::merge(sorted_.begin(), sorted_.end(), added.begin(), added.end(), both.begin(), by_function);
  sorted_ = std::move(both);
  return changed;
}

bool FunctionNames::is_a(uint16_t type, uint16_t base) const {
  while (type != base && type != kNoType) type = noted_.types[type].parent;
  return type == base;
}

std::string FunctionNames::name_of(const Claims &claims, uint32_t module) const {
  const FunctionNote &first = claims.front();
  if (!all_of(claims, [&](const FunctionNote &one) { return one.kind == first.kind; })) return "";
  return first.kind == NoteKind::kPadFunction ? pad_function_name(claims, module) : slot_name_of(claims, module);
}

// "GstQueue::set_property", or of a class that the table does not know "Own::vfunc 3", in a class derived from it
// "Derived::vfunc 3 of Own".
std::string FunctionNames::slot_text(uint16_t owner, const FunctionNote &note) const {
  const NotedType &of = noted_.types[note.of];
  std::string text;
  text.reserve(64);  // it is put together a thousand times when a pipeline begins
  text.append(noted_.types[owner].name).append("::");
  if (of.layout) return text.append(slot_name(*of.layout, note.where));
  constexpr uint32_t kWord = sizeof(gpointer);
  text.append("vfunc ").append(std::to_string(note.where / kWord - (of.inherited + kWord - 1) / kWord + 1));
  return owner == note.of ? text : text.append(" of ").append(of.name);
}

// The nearest type that all of these classes are or derive from, that lives in the module and has the slot.
uint16_t FunctionNames::class_owner(const Claims &claims, uint32_t module) const {
  const FunctionNote &first = claims.front();
  for (uint16_t type = first.type; type != kNoType; type = noted_.types[type].parent) {
    const bool has_slot = first.kind == NoteKind::kInterfaceSlot ? type == first.type : is_a(type, first.of);
    if (!has_slot) break;
    const bool of_all = all_of(claims, [&](const FunctionNote &one) { return is_a(one.type, type); });
    if (of_all && lives_in(type, module)) return type;
  }
  return first.of;
}

std::string FunctionNames::slot_name_of(const Claims &claims, uint32_t module) const {
  const FunctionNote &first = claims.front();
  const bool one_slot =
      all_of(claims, [&](const FunctionNote &one) { return one.of == first.of && one.where == first.where; });
  return one_slot ? slot_text(class_owner(claims, module), first) : "";
}

// The nearest type of all these elements that lives in the module. Of base classes in libraries, which the table knows,
// the outermost: it is the one that makes the pads. An element whose class overrides nothing may live anywhere.
uint16_t FunctionNames::pad_owner(const Claims &claims, uint32_t module) const {
  uint16_t owner = kNoType;
  for (uint16_t type = claims.front().type; type != kNoType; type = noted_.types[type].parent) {
    if (is_core(noted_.types[type])) break;
    const bool of_all = all_of(claims, [&](const FunctionNote &one) { return is_a(one.type, type); });
    if (!of_all || !lives_in(type, module)) continue;
    if (owner == kNoType || noted_.types[type].layout) owner = type;
  }
  const uint16_t own = claims.front().type;
  const bool is_its_own = all_of(claims, [&](const FunctionNote &one) { return one.type == own; }) &&
                          homes_[own] == kAnywhere && pad_class_owner(claims, module) == kNoType;
  return owner == kNoType && is_its_own ? own : owner;
}

uint16_t FunctionNames::pad_class_owner(const Claims &claims, uint32_t module) const {
  for (uint16_t type = claims.front().of; type != kNoType; type = noted_.types[type].parent) {
    if (is_core(noted_.types[type])) break;
    const bool of_all = all_of(claims, [&](const FunctionNote &one) { return is_a(one.of, type); });
    if (of_all && lives_in(type, module)) return type;
  }
  return kNoType;
}

// "GstQueue src loop", "GstQueue event" where several pads have it, "GstPad query" where any element may.
std::string FunctionNames::pad_function_name(const Claims &claims, uint32_t module) const {
  const FunctionNote &first = claims.front();
  if (!all_of(claims, [&](const FunctionNote &one) { return one.use == first.use; })) return "";
  const std::string use = std::string(" ") + kPadUseNames[static_cast<size_t>(first.use)];
  if (const uint16_t owner = pad_owner(claims, module); owner != kNoType) {
    const bool one_pad = all_of(claims, [&](const FunctionNote &one) { return one.where == first.where; });
    const char *pad = one_pad ? noted_.templates[first.where] : "";
    return std::string(noted_.types[owner].name) + (*pad ? " " : "") + pad + use;
  }
  const uint16_t owner = pad_class_owner(claims, module);
  return (owner == kNoType ? "GstElement" : noted_.types[owner].name) + use;
}

}  // namespace pyro::pads
