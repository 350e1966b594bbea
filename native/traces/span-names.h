// What is the same for all spans of a hop or a thread? What the agent encoded for it once; kept here within bounds.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "wire/records.h"

namespace pyro::traces {

// Directory ids of both pads, and the kind of the push.
struct Hop {
  uint32_t pad, peer;
  uint8_t kind;
  bool operator<(const Hop &other) const {
    return std::tie(pad, peer, kind) < std::tie(other.pad, other.peer, other.kind);
  }
  bool operator==(const Hop &other) const { return !(*this < other) && !(other < *this); }
};

inline Hop hop_of(const wire::Span &span) { return {span.pad, span.peer, span.kind}; }

struct ThreadName {
  std::string fields;  // attributes of a Span message
  std::string json;    // the name as a text of JSON, with its quotes
};

// Sorted maps: what a target makes up as keys may not make a look-up slow.
class SpanNames {
 public:
  // Beyond that many hops or threads, or bytes of both, all are forgotten, and asked for again.
  static constexpr size_t kMaxKnown = 4096, kMaxBytes = 4 << 20;
  // Several times what the longest names of a segment need. What is longer is not written: spans do not grow without
  // bounds.
  static constexpr size_t kMaxFields = 16 << 10;

  // These spans come next: what has no name by now is unknown.
  void begin(const std::vector<wire::Span> &spans);
  // Which hops and threads of these spans have no name, each once.
  const std::vector<Hop> &unknown_hops() const { return unknown_hops_; }
  const std::vector<uint32_t> &unknown_threads() const { return unknown_threads_; }

  // `fields`: attributes of a Span message. The first name stays.
  void name(const Hop &hop, std::string fields);
  void name(uint32_t thread, ThreadName name);

  // nullptr: it has none.
  const std::string *fields_of(const Hop &hop) const;
  const ThreadName *name_of(uint32_t thread) const;

 private:
  std::map<Hop, std::string> hops_;
  std::map<uint32_t, ThreadName> threads_;
  std::vector<Hop> unknown_hops_;
  std::vector<uint32_t> unknown_threads_;
  size_t bytes_ = 0;  // of all names
};

}  // namespace pyro::traces
