// What is stepped through? Rounds of work of one thread that never wait for anybody and never look at the time.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pyro::oracle {

struct Workload {
  std::string name;
  std::function<void()> round;
  uint32_t share = 1;  // of all steps
};

// Shapes of compiled code: recursion, alloca, realigned stacks, tail calls, lazy binding, exceptions, signals …
std::vector<Workload> compiled_workloads();
// Assembly without CFI, of our own.
std::vector<Workload> assembly_workloads();
// Elements of stock packages: generated code and codecs. Runs each once, so that what it generates is there.
std::vector<Workload> media_workloads();

}  // namespace pyro::oracle
