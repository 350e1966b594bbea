// Which other file knows what a stripped one does not say?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <memory>

#include "symbols/elf-file.h"
#include "symbols/query.h"

namespace pyro::symbols {

struct DebugFile {
  std::unique_ptr<ElfFile> file;  // nullptr: none
  Source source = Source::kNone;
};

// 4 to 64 digits, lower case: nothing else becomes part of a path.
bool is_build_id(const std::string &text);

// The first that is there and fits: build-id directory, debuglink, the query's own. In the target's root, then in ours.
// `module`: the file itself; nullptr when it cannot be had, then only files of the same build-id fit.
DebugFile find_debug_file(const ElfLibrary &library, const Query &query, const ElfFile *module);

// What dwz took out of several debug files, for those that refer to it; nullptr: none.
std::unique_ptr<ElfFile> find_alternate_file(const ElfFile &debug, const std::string &root);

// The symbols of functions that a distribution packed into the module itself; nullptr: none.
std::unique_ptr<ElfFile> open_mini_debug_info(const ElfFile &module);

}  // namespace pyro::symbols
