// What is asked about addresses of one module, and what is answered?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace pyro::symbols {

struct Query {
  std::string path;      // as mapped by the target
  std::string build_id;  // hex; "" if the module has none
  std::string root;      // prefix through which the target's files are seen, "" or /proc/<pid>/root
  std::vector<uint64_t> addresses;
  std::string debug_file;  // one more that may know the names, in our root; "" if there is none
};

// Where the best names came from; each is better than those before it.
enum class Source : uint8_t { kNone, kDynamic, kMini, kBuildId, kDebugLink, kDebugFile, kOwn };
const char *text_of(Source source);

// One line of source: numbers of Answer::texts.
struct Line {
  uint32_t function, file, line;
};

// One element for each address.
struct Answer {
  std::vector<std::string> names;    // demangled; "" = no symbol
  std::vector<int64_t> starts;       // see Found::start
  std::vector<uint8_t> in_function;  // see Found::in_function
  // How many of `lines` belong to it: the innermost inlined function first, last the function itself. 0 = none known.
  std::vector<uint8_t> line_counts;
  std::vector<Line> lines;
  std::vector<std::string> texts;
  std::string problem;            // why the module's own file was not used, or ""
  Source source = Source::kNone;  // of its symbols
  bool has_lines = false;         // a file with lines was found
};

}  // namespace pyro::symbols
