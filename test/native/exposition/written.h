// How does a test write a segment as a tracer would, and read the text that is made of it?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "exposition/display-names.h"
#include "exposition/exposition.h"
#include "wire/segment.h"

namespace pyro::exposition {

// A segment with one pipeline, and what is put into it.
class Written {
 public:
  explicit Written(const std::string &families = "")
      : mapping_(*wire::Mapping::create(&error_)),
        retirement_(segment().recycling),
        names_(segment().directory, retirement_) {
    names_.add(wire::kEntryFact, 0, {kFamiliesFact, families});
    names_.add(wire::kEntryFact, 0, {"tracer_version", "1.2.3"});
    names_.add(wire::kEntryFact, 0, {"gstreamer", "1.22.0"});
  }
  wire::Segment &segment() { return *mapping_.segment(); }
  std::string text() { return render(segment()); }

  uint32_t pipeline(const std::string &name = "pipeline0", uint64_t ordinal = 1) {
    return names_.add(wire::kEntryPipeline, 0, {name, "pipeline", "GstPipeline"}, ordinal, number(0, name, "pipeline"));
  }
  uint32_t element(uint32_t parent, const std::string &name, const std::string &factory,
                   const std::string &type = "GstIdentity") {
    return names_.add(wire::kEntryElement, parent, {name, factory, "plugin", "Class", type}, 0,
                      number(parent, name, factory));
  }
  uint32_t pad(uint32_t element, const std::string &name, const std::string &pad_template = "") {
    return names_.add(wire::kEntryPad, element, {name, pad_template.empty() ? name : pad_template});
  }
  wire::Cell &cell(uint32_t pad, uint32_t peer = 0, wire::CellKind kind = wire::kCellChain) {
    const uint32_t index = segment().cells.used++;
    wire::Cell &cell = segment().cells.cell[index];
    cell.kind = kind;
    cell.peer = peer;
    cell.pad = pad;
    return cell;
  }

 private:
  // As the tracer numbers what lives: in the order in which it came.
  uint64_t number(uint32_t parent, const std::string &name, const std::string &factory) {
    const auto prefix = auto_prefix(name, factory);
    if (!prefix) return 0;
    auto &known = numbers_[std::to_string(parent) + *prefix];
    return known.emplace(name, known.size() + 1).first->second;
  }

  int error_ = 0;
  wire::Mapping mapping_;
  wire::Retirement retirement_;
  wire::DirectoryWriter names_;
  std::map<std::string, std::map<std::string, uint64_t>> numbers_;
};

// One call of a pad's function.
inline void call(wire::Cell &cell, uint64_t inclusive, uint64_t exclusive, uint64_t bytes = 0) {
  wire::bump(cell.buffers, 1);
  wire::bump(cell.bytes, bytes);
  wire::bump(cell.invocations, 1);
  wire::bump(cell.flow[wire::kFlowOk], 1);
  cell.last_ns = static_cast<uint32_t>(exclusive);
  cell.inclusive.record(wire::grid, inclusive);
  cell.exclusive.record(wire::grid, exclusive);
}

// Series to value, comments left out. Fails the test on a line that is none of the format's, or comes twice.
inline std::map<std::string, std::string> samples(const std::string &text) {
  std::map<std::string, std::string> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# HELP ", 0) == 0 || line.rfind("# UNIT ", 0) == 0 || line.rfind("# TYPE ", 0) == 0) continue;
    const size_t blank = line.rfind(' ');
    EXPECT_NE(blank, std::string::npos) << line;
    EXPECT_TRUE(all.emplace(line.substr(0, blank), line.substr(blank + 1)).second) << line;
  }
  return all;
}

}  // namespace pyro::exposition
