// What does a request to symbolize addresses of one module contain, and what does the answer?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace pyro::symbols {

struct Query {
  std::string path;      // as mapped by the target
  std::string build_id;  // hex; "" if the module has none
  std::string root;      // prefix of paths in the target's file system: "" or /proc/<pid>/root
  std::vector<uint64_t> addresses;
  std::string debug_file;  // a separate debug file, as a path of ours, such as from debuginfod; "" = none
};

// Where the names came from, in ascending quality.
enum class Source : uint8_t { kNone, kDynamic, kMini, kBuildId, kDebugLink, kDebugFile, kOwn };
// Name of the source for reports, such as ".symtab" or "debuginfod"; "" for kNone.
const char *text_of(Source source);

// A source location: `function` and `file` are indexes of Answer::texts, `line` is the line number.
struct Line {
  uint32_t function, file, line;
};

// The answer; `names` to `line_counts` have one element for each address of the query, in its order.
struct Answer {
  std::vector<std::string> names;    // demangled; "" = no symbol
  std::vector<int64_t> starts;       // see Found::start
  std::vector<uint8_t> in_function;  // see Found::in_function
  // Number of consecutive `lines` per address: innermost inlined function first, function itself last; 0 = unknown.
  std::vector<uint8_t> line_counts;
  std::vector<Line> lines;
  std::vector<std::string> texts;
  std::string problem;            // why the module's own file was not used, or ""
  Source source = Source::kNone;  // of its symbols
  bool has_lines = false;         // a file with lines was found
};

}  // namespace pyro::symbols
