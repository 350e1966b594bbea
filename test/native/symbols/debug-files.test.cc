// Are the names of stripped files found where distributions put them, and only those of the same build?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/debug-files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fixture.h"
#include "symbols/xz.h"

using namespace pyro::symbols;
namespace fs = std::filesystem;

namespace {

const std::string kHidden = "(anonymous namespace)::hidden_sum((anonymous namespace)::Frame const&)";

std::string fixture(const std::string &name) { return FIXTURE_DIR "/" + name; }

uint64_t address_of_hidden_sum(const std::string &path) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  link_map *map = nullptr;
  if (library == nullptr || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) abort();
  const auto ask = reinterpret_cast<const void *(*)()>(dlsym(library, "lines_where_hidden_is"));
  return reinterpret_cast<uint64_t>(ask()) - map->l_addr;
}

// A file system of a target, with one file in it.
class Root {
 public:
  Root() {
    char path[] = FIXTURE_DIR "/rootXXXXXX";
    if (mkdtemp(path) == nullptr) abort();
    path_ = path;
  }
  ~Root() { fs::remove_all(path_); }
  const std::string &path() const { return path_; }
  void put(const std::string &name, const std::string &at) {
    fs::create_directories(fs::path(path_ + at).parent_path());
    fs::copy_file(fixture(name), path_ + at, fs::copy_options::overwrite_existing);
  }
  void take(const std::string &at) { fs::remove(path_ + at); }
  std::string build_id_path(const std::string &id) const {
    return "/usr/lib/debug/.build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug";
  }

 private:
  std::string path_;
};

}  // namespace

TEST(DebugFiles, SymbolsPackedIntoAStrippedFileNameItsOwnFunctions) {
  const uint64_t hidden = address_of_hidden_sum(kLines);
  const Answer plain = ask(*std::make_unique<Symbolizer>(), fixture("liblines-stripped.so"), {hidden + 3});
  EXPECT_EQ(plain.names[0], "");
  EXPECT_STREQ(text_of(plain.source), ".dynsym");
  const Answer packed = ask(*std::make_unique<Symbolizer>(), fixture("liblines-mini.so"), {hidden + 3});
  EXPECT_EQ(packed.names[0], kHidden);
  EXPECT_STREQ(text_of(packed.source), ".gnu_debugdata");
  EXPECT_FALSE(packed.has_lines);
}

TEST(DebugFiles, WhatIsPackedIsBounded) {
  const std::string packed = contents(fixture("mini.xz")), whole = contents(fixture("mini"));
  EXPECT_EQ(unpacked_xz(packed, whole.size()), whole);
  EXPECT_EQ(unpacked_xz(packed, whole.size() + 1), whole);
  EXPECT_EQ(unpacked_xz(packed, whole.size() - 1), "");
  EXPECT_EQ(unpacked_xz(packed.substr(0, packed.size() / 2), whole.size()), "");
  EXPECT_EQ(unpacked_xz("", 100), "");
  EXPECT_EQ(unpacked_xz(std::string(1000, 'x'), 100), "");
}

TEST(DebugFiles, AFileOfSymbolsAndLinesBelowTheBuildIdGivesBoth) {
  Root root;
  const std::string id = build_id_of(kLines);
  EXPECT_EQ(id, build_id_of(fixture("liblines.debug"))) << "its notes are found although it has no code";
  root.put("liblines-stripped.so", "/lib/liblines.so");
  root.put("liblines.debug", root.build_id_path(id));
  Symbolizer symbolizer;
  const uint64_t hidden = address_of_hidden_sum(kLines);
  const Answer answer = symbolizer.answer({"/lib/liblines.so", id, root.path(), {hidden + 3}});
  EXPECT_EQ(answer.names[0], kHidden);
  EXPECT_STREQ(text_of(answer.source), "build-id");
  EXPECT_GT(answer.line_counts[0], 0);
  const Answer whole = ask(symbolizer, kLines, {hidden + 3});
  EXPECT_EQ(answer.texts, whole.texts);
}

TEST(DebugFiles, ALinkedFileIsFoundInItsThreePlacesAndOnlyWithItsChecksum) {
  const uint64_t hidden = address_of_hidden_sum(fixture("liblines-no-id.so"));
  for (const char *place :
       {"/opt/lib/linked.debug", "/opt/lib/.debug/linked.debug", "/usr/lib/debug/opt/lib/linked.debug"}) {
    Root root;
    root.put("liblines-linked.so", "/opt/lib/liblines.so");
    const Query query{"/opt/lib/liblines.so", "", root.path(), {hidden + 3}};
    EXPECT_EQ(Symbolizer().answer(query).names[0], "");
    root.put("liblines.debug", place);
    EXPECT_EQ(Symbolizer().answer(query).names[0], "") << "another checksum is another file";
    root.put("linked.debug", place);
    const Answer answer = Symbolizer().answer(query);
    EXPECT_EQ(answer.names[0], kHidden) << place;
    EXPECT_STREQ(text_of(answer.source), "debuglink");
    EXPECT_TRUE(answer.has_lines);
  }
}

TEST(DebugFiles, OfAFileThatWasReplacedTheOldNamesAreFoundByItsBuildId) {
  Root root;
  const std::string id = build_id_of(kLines);
  const Query query{"/lib/liblines.so", id, root.path(), {address_of_hidden_sum(kLines) + 3}};
  root.put("libfixture.so", "/lib/liblines.so");
  const Answer before = Symbolizer().answer(query);
  EXPECT_EQ(before.problem, "build-id differs");
  EXPECT_EQ(before.names[0], "");
  root.put("liblines.debug", root.build_id_path(id));
  const Answer answer = Symbolizer().answer(query);
  EXPECT_EQ(answer.problem, "build-id differs");
  EXPECT_EQ(answer.names[0], kHidden);
  root.take("/lib/liblines.so");
  EXPECT_EQ(Symbolizer().answer(query).names[0], kHidden);
}

TEST(DebugFiles, AFileThatWasDeletedAndIsThereAgainIsUsedIfItIsTheSameBuild) {
  Root root;
  const std::string id = build_id_of(kLines);
  Query query{"/lib/liblines.so (deleted)", id, root.path(), {address_of_hidden_sum(kLines) + 3}};
  root.put("liblines.so", "/lib/liblines.so");
  EXPECT_EQ(Symbolizer().answer(query).names[0], kHidden);
  query.build_id = "";
  EXPECT_EQ(Symbolizer().answer(query).names[0], "") << "without a build-id nobody knows";
}

TEST(DebugFiles, AFileThatTheQueryNamesIsUsedIfItIsTheSameBuild) {
  const uint64_t hidden = address_of_hidden_sum(kLines);
  Query query{fixture("liblines-stripped.so"), build_id_of(kLines), "", {hidden + 3}, fixture("libfixture.so")};
  EXPECT_EQ(Symbolizer().answer(query).names[0], "");
  query.debug_file = fixture("liblines.debug");
  const Answer answer = Symbolizer().answer(query);
  EXPECT_EQ(answer.names[0], kHidden);
  EXPECT_STREQ(text_of(answer.source), "debuginfod");
  EXPECT_GT(answer.line_counts[0], 0);
}

TEST(DebugFiles, WithoutAddressesOnlyTheFileIsLookedAt) {
  Symbolizer symbolizer;
  EXPECT_EQ(symbolizer.answer({kLines, build_id_of(kLines), "", {}}).problem, "");
  EXPECT_EQ(symbolizer.answer({kLines, build_id_of(kFixture), "", {}}).problem, "build-id differs");
  EXPECT_EQ(symbolizer.cached_bytes(), 0u);
}

TEST(DebugFiles, OnlyDigitsBecomePartOfAPath) {
  EXPECT_TRUE(is_build_id("0123456789abcdef0123456789abcdef01234567"));
  for (const char *text : {"", "ab", "../../../../etc/passwd", "ABCDEF0123", "abc", "ab/cd0", "zz00"})
    EXPECT_FALSE(is_build_id(text)) << text;
  EXPECT_FALSE(is_build_id(std::string(130, 'a')));
}
