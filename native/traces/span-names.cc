// Which names are missing, and which are known?
// SPDX-License-Identifier: MPL-2.0
#include "traces/span-names.h"

namespace pyro::traces {
namespace {

// In the order in which the spans have them: what they are called may depend on who came first.
template <typename Key, typename Known, typename KeyOf>
std::vector<Key> missing(const std::vector<wire::Span> &spans, const Known &known, KeyOf key_of) {
  std::vector<Key> keys;
  std::map<Key, bool> asked;
  for (const wire::Span &span : spans) {
    const Key key = key_of(span);
    if (known.find(key) == known.end() && asked.try_emplace(key, true).second) keys.push_back(key);
  }
  return keys;
}

}  // namespace

void SpanNames::begin(const std::vector<wire::Span> &spans) {
  if (hops_.size() >= kMaxKnown || threads_.size() >= kMaxKnown || bytes_ >= kMaxBytes) {
    hops_.clear();
    threads_.clear();
    bytes_ = 0;
  }
  unknown_hops_ = missing<Hop>(spans, hops_, hop_of);
  unknown_threads_ = missing<uint32_t>(spans, threads_, [](const wire::Span &span) { return span.thread; });
}

void SpanNames::name(const Hop &hop, std::string fields) {
  if (fields.size() > kMaxFields) fields.clear();
  const size_t bytes = fields.size();
  if (hops_.try_emplace(hop, std::move(fields)).second) bytes_ += bytes;
}

void SpanNames::name(uint32_t thread, ThreadName name) {
  if (name.fields.size() > kMaxFields || name.json.size() > kMaxFields) name = {"", "\"\""};
  const size_t bytes = name.fields.size() + name.json.size();
  if (threads_.try_emplace(thread, std::move(name)).second) bytes_ += bytes;
}

const std::string *SpanNames::fields_of(const Hop &hop) const {
  const auto found = hops_.find(hop);
  return found == hops_.end() ? nullptr : &found->second;
}

const ThreadName *SpanNames::name_of(uint32_t thread) const {
  const auto found = threads_.find(thread);
  return found == threads_.end() ? nullptr : &found->second;
}

}  // namespace pyro::traces
