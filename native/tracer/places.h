// Which number is an automatic name shown with, so that names do not grow with the number of objects that ever were?
//
// GStreamer counts over the whole process: the thousandth pipeline is "pipeline999". Here a name has the smallest
// number that no living object has in its scope. The first few are told apart even when they are gone, as a script with
// three pipelines wants it; beyond, or where room is short, numbers of the gone are given out again, and with them
// their directory ids and cells. Used under the topology's mutex.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pyro::tracer {

class Places {
 public:
  static constexpr size_t kToldApart = 16;

  // The number, from 0, that the automatic name `name` is shown with; it stays the same as long as hold() outnumbers
  // release(). Numbers are unique for each `scope` and `prefix`. `scope`: directory id of an element's pipeline or a
  // pad's element, 0 for pipelines. `prefix`: what is shown before the number. `scarce`: room is short, so the number
  // of a name without holders is given out again at once.
  uint32_t number(uint32_t scope, const std::string &prefix, const std::string &name, bool scarce);
  // The name that had this number first, which stands in the directory entry. The number was given by number().
  const std::string &first_name(uint32_t scope, const std::string &prefix, uint32_t number);
  // One living object more, or less, has this number.
  void hold(uint32_t scope, const std::string &prefix, uint32_t number);
  void release(uint32_t scope, const std::string &prefix, uint32_t number);
  // The pipeline or element that is the scope is gone: all of its numbers are free.
  void forget(uint32_t scope);

 private:
  struct Place {
    std::string name, first;
    uint32_t holders = 0;
  };
  struct Group {
    std::vector<Place> place;  // by number
    std::unordered_map<std::string, uint32_t> number_of;
  };
  std::map<std::pair<uint32_t, std::string>, Group> groups_;
};

}  // namespace pyro::tracer
