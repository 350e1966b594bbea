// How are numbers given out, and given out again?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/places.h"

#include <algorithm>

namespace pyro::tracer {

uint32_t Places::number(uint32_t scope, const std::string &prefix, const std::string &name, bool scarce) {
  Group &group = groups_[{scope, prefix}];
  if (const auto known = group.number_of.find(name); known != group.number_of.end()) return known->second;
  auto at = group.place.end();
  if (scarce || group.place.size() >= kToldApart)
    at = std::find_if(group.place.begin(), group.place.end(), [](const Place &place) { return place.holders == 0; });
  if (at == group.place.end()) {
    group.place.push_back({name, name, 0});
    at = group.place.end() - 1;
  } else {
    group.number_of.erase(at->name);
    at->name = name;
  }
  return group.number_of[name] = static_cast<uint32_t>(at - group.place.begin());
}

const std::string &Places::first_name(uint32_t scope, const std::string &prefix, uint32_t number) {
  return groups_[{scope, prefix}].place[number].first;
}

void Places::hold(uint32_t scope, const std::string &prefix, uint32_t number) {
  groups_[{scope, prefix}].place[number].holders++;
}

void Places::release(uint32_t scope, const std::string &prefix, uint32_t number) {
  const auto group = groups_.find({scope, prefix});
  if (group != groups_.end() && number < group->second.place.size()) group->second.place[number].holders--;
}

void Places::forget(uint32_t scope) {
  const auto from = groups_.lower_bound({scope, ""});
  groups_.erase(from, groups_.lower_bound({scope + 1, ""}));
}

}  // namespace pyro::tracer
