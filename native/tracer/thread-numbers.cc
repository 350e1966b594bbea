// How do threads of one name get numbers?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/thread-numbers.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "threads/thread-table.h"

namespace pyro::tracer {
namespace {

using threads::ThreadRecord;

struct Numbers {
  bool wanted = false;
  std::unordered_map<uint32_t, std::vector<bool>> taken;  // by name
};

uint32_t name_of(const ThreadRecord &record) { return record.name.load(std::memory_order_relaxed); }

void look(ThreadRecord &record, void *numbers) {
  static_cast<Numbers *>(numbers)->wanted |= record.numbered_name != name_of(record);
}

void take(std::vector<bool> &taken, uint32_t number) {
  if (taken.size() <= number) taken.resize(number + 1);
  taken[number] = true;
}

// All of them before one is given: a number is free only when no thread has it.
void keep(ThreadRecord &record, void *numbers) {
  if (record.numbered_name == name_of(record))
    take(static_cast<Numbers *>(numbers)->taken[record.numbered_name], record.number.load(std::memory_order_relaxed));
}

void give(ThreadRecord &record, void *numbers) {
  const uint32_t name = name_of(record);
  if (record.numbered_name == name) return;
  std::vector<bool> &taken = static_cast<Numbers *>(numbers)->taken[name];
  const auto free = std::find(taken.begin(), taken.end(), false);
  const auto number = static_cast<uint32_t>(free - taken.begin());
  take(taken, number);
  record.number.store(number, std::memory_order_relaxed);
  record.numbered_name = name;
}

}  // namespace

void number_threads() {
  Numbers numbers;
  threads::for_each(look, &numbers);
  if (!numbers.wanted) return;
  threads::for_each(keep, &numbers);
  threads::for_each(give, &numbers);
}

}  // namespace pyro::tracer
