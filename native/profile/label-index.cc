// How is the label set of a combination found again, and when is it forgotten?
// SPDX-License-Identifier: MPL-2.0
#include "profile/label-index.h"

#include <cstring>

#include "profile/window.h"
#include "wire/sample-records.h"

namespace pyro::profile {
namespace {

// A target with ever new threads has ever new combinations.
constexpr size_t kMostKnown = 5000;
constexpr uint32_t kFixedIds = 4;

}  // namespace

void LabelIndex::look(const unsigned char *records, size_t size, uint64_t version) {
  // Not learnt: no answer came to the last question.
  if (version != version_ || combinations_.size() > kMostKnown || learnt_ != combinations_.size()) forget();
  version_ = version;
  seen_.clear();
  wire::each_sample(records, size, [this](const wire::StackSample &sample, const unsigned char *record) {
    uint32_t ids[kFixedIds + wire::kMaxChain] = {sample.element, sample.header.thread, sample.thread_number,
                                                 sample.chain};
    wire::copy_chain(record, sample, ids + kFixedIds);
    seen_.push_back(is_refused(sample) ? kNoNumber : number_of(ids, kFixedIds + sample.chain));
  });
  const size_t from = learnt_ < combinations_.size() ? combinations_[learnt_].at : ids_.size();
  unknown_.assign(ids_.begin() + static_cast<std::ptrdiff_t>(from), ids_.end());
}

bool LabelIndex::learn(const std::vector<LabelSet> &numbers) {
  if (numbers.size() != combinations_.size() - learnt_) return false;
  for (const LabelSet number : numbers) combinations_[learnt_++].set = number;
  return true;
}

std::vector<LabelSet> LabelIndex::sets() const {
  std::vector<LabelSet> sets;
  sets.reserve(seen_.size());
  for (const uint32_t number : seen_) sets.push_back(number == kNoNumber ? 0 : combinations_[number].set);
  return sets;
}

uint32_t LabelIndex::number_of(const uint32_t *ids, uint32_t length) {
  uint64_t hash = length;
  for (uint32_t i = 0; i < length; i++) hash = mix(hash, ids[i]);
  const uint32_t known = index_.find(hash, [&](uint32_t number) {
    const Combination &one = combinations_[number];
    return one.length == length && std::memcmp(&ids_[one.at], ids, length * sizeof *ids) == 0;
  });
  if (known != kNoNumber) return known;
  const auto number = static_cast<uint32_t>(combinations_.size());
  combinations_.push_back({ids_.size(), length, 0});
  ids_.insert(ids_.end(), ids, ids + length);
  index_.add(hash, number);
  return number;
}

void LabelIndex::forget() {
  index_.clear();
  combinations_.clear();
  ids_.clear();
  learnt_ = 0;
}

}  // namespace pyro::profile
