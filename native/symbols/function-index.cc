// How is the function around an address found, and which of its names is taken?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/function-index.h"

#include <algorithm>

namespace pyro::symbols {
namespace {

constexpr size_t kMaxSymbols = 2000000;
constexpr uint32_t kMaxNames = 1u << 30;
constexpr int kMaxNesting = 64;  // symbols that we look through for one that encloses the address

size_t leading_underscores(std::string_view name) {
  const size_t first = name.find_first_not_of('_');
  return first == std::string_view::npos ? name.size() : first;
}

// The last range that begins at or before the address, if it covers it.
const AddressRange *around(const std::vector<AddressRange> &ranges, uint64_t address) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), address,
                                      [](uint64_t value, const AddressRange &range) { return value < range.begin; });
  if (after == ranges.begin() || address >= (after - 1)->end) return nullptr;
  return &*(after - 1);
}

void sort_and_separate(std::vector<AddressRange> &ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const AddressRange &a, const AddressRange &b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  for (size_t i = 0; i + 1 < ranges.size(); i++) ranges[i].end = std::min(ranges[i].end, ranges[i + 1].begin);
  ranges.erase(std::remove_if(ranges.begin(), ranges.end(), [](const AddressRange &r) { return r.begin >= r.end; }),
               ranges.end());
}

}  // namespace

FunctionIndex::FunctionIndex(std::vector<AddressRange> code) : code_(std::move(code)) { sort_and_separate(code_); }

const AddressRange *FunctionIndex::code_around(uint64_t address) const { return around(code_, address); }
const AddressRange *FunctionIndex::range_around(uint64_t address) const { return around(ranges_, address); }

void FunctionIndex::add_ranges(std::vector<AddressRange> ranges) {
  ranges_ = std::move(ranges);
  for (AddressRange &range : ranges_) {
    const AddressRange *code = code_around(range.begin);
    range.end = code != nullptr ? std::min(range.end, code->end) : range.begin;
  }
  sort_and_separate(ranges_);
}

void FunctionIndex::add_symbol(std::string_view name, uint64_t start, uint64_t size, Binding binding) {
  const AddressRange *code = code_around(start);
  if (code == nullptr || symbols_.size() >= kMaxSymbols || names_.size() + name.size() > kMaxNames) return;
  if (size == 0) {  // it would swallow everything up to the next symbol
    const AddressRange *range = range_around(start);
    if (range == nullptr || range->begin != start) return;
    size = range->end - range->begin;
  }
  name = name.substr(0, name.find('@'));  // "memcpy@@GLIBC_2.14"
  if (name.empty()) return;
  const uint64_t end = start + std::min(size, code->end - start);
  symbols_.push_back(
      {start, end, 0, static_cast<uint32_t>(names_.size()), static_cast<uint32_t>(name.size()), binding});
  names_.append(name);
}

// Several names for one start: the one that a person would use.
bool FunctionIndex::is_better(const Symbol &a, const Symbol &b) const {
  const std::string_view one = name_of(a), other = name_of(b);
  if ((a.binding == Binding::kLocal) != (b.binding == Binding::kLocal)) return b.binding == Binding::kLocal;
  const size_t ours = leading_underscores(one), theirs = leading_underscores(other);
  if (ours != theirs) return ours < theirs;
  if (a.binding != b.binding) return a.binding == Binding::kGlobal;
  return one.size() != other.size() ? one.size() < other.size() : one < other;
}

void FunctionIndex::finish() {
  std::sort(symbols_.begin(), symbols_.end(), [this](const Symbol &a, const Symbol &b) {
    return a.start != b.start ? a.start < b.start : is_better(a, b);
  });
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end(),
                             [](const Symbol &a, const Symbol &b) { return a.start == b.start; }),
                 symbols_.end());
  uint64_t reach = 0;
  for (Symbol &symbol : symbols_) symbol.reach = reach = std::max(reach, symbol.end);
  symbols_.shrink_to_fit();
  ranges_.shrink_to_fit();
  names_.shrink_to_fit();
}

Found FunctionIndex::find(uint64_t address) const {
  const AddressRange *code = code_around(address);
  if (code == nullptr) return {};
  uint64_t gap = code->begin;
  const auto after = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                      [](uint64_t value, const Symbol &symbol) { return value < symbol.start; });
  for (auto at = after; at != symbols_.begin() && after - at < kMaxNesting;) {
    --at;
    if (address < at->end) return {name_of(*at), static_cast<int64_t>(at->start), true};
    if (address >= at->reach) break;  // nothing before reaches so far
  }
  if (after != symbols_.begin() && (after - 1)->end <= address) gap = std::max(gap, (after - 1)->end);
  const auto next = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                     [](uint64_t value, const AddressRange &range) { return value < range.begin; });
  if (next != ranges_.begin()) {
    const AddressRange &range = *(next - 1);
    if (address < range.end) return {{}, static_cast<int64_t>(range.begin), true};
    gap = std::max(gap, range.end);
  }
  return {{}, static_cast<int64_t>(gap), false};
}

size_t FunctionIndex::bytes() const {
  return sizeof *this + names_.capacity() + symbols_.capacity() * sizeof(Symbol) +
         (ranges_.capacity() + code_.capacity()) * sizeof(AddressRange);
}

}  // namespace pyro::symbols
