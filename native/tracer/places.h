// Which number is an automatic name shown with, so that names do not grow with the number of objects that ever were?
//
// GStreamer counts over the whole process: the thousandth pipeline is "pipeline999". Here a name has the smallest
// number that nobody living has in its scope. The first few are told apart even when they are gone, as a script with
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

  // The number of `name`, its own for as long as somebody has it. `scarce`: none is kept for the gone.
  uint32_t number(uint32_t scope, const std::string &prefix, const std::string &name, bool scarce);
  // The name that had the number first: its directory entry says that one.
  const std::string &first_name(uint32_t scope, const std::string &prefix, uint32_t number);
  void hold(uint32_t scope, const std::string &prefix, uint32_t number);
  void release(uint32_t scope, const std::string &prefix, uint32_t number);
  // What the scope stands for is no name any more.
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
