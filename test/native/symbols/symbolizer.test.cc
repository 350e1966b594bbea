// Are names right, and is there a reason where there are none?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/symbolizer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "fixture.h"

using namespace pyro::symbols;

TEST(Symbolizer, AnyAddressInsideAFunctionHasItsNameAndStart) {
  Symbolizer symbolizer;
  const uint64_t alpha = address_of("fixture_alpha"), beta = address_of("fixture_beta");
  const Answer answer = ask(symbolizer, kFixture, {alpha, alpha + 9, beta, beta + 5});
  EXPECT_EQ(answer.problem, "");
  EXPECT_EQ(answer.names, (std::vector<std::string>{"fixture_alpha", "fixture_alpha", "fixture_beta", "fixture_beta"}));
  EXPECT_EQ(answer.starts[1], static_cast<int64_t>(alpha));
  EXPECT_EQ(answer.starts[3], static_cast<int64_t>(beta));
  EXPECT_EQ(answer.in_function, (std::vector<uint8_t>{1, 1, 1, 1}));
}

TEST(Symbolizer, LocalFunctionsAreNamedFromTheFullTable) {
  Symbolizer symbolizer;
  const uint64_t hidden = address_of_hidden();
  const Answer answer = ask(symbolizer, kFixture, {hidden, hidden + 10});
  EXPECT_EQ(answer.names[0], "hidden_helper(int)");
  EXPECT_EQ(answer.names[1], "hidden_helper(int)");
}

TEST(Symbolizer, CxxNamesAreDemangled) {
  Symbolizer symbolizer;
  const uint64_t at = address_of("_ZN7fixture7Encoder12encode_frameEiPKc");
  for (const std::string &path : {kFixture, kStripped})
    EXPECT_EQ(ask(symbolizer, path, {at + 3}).names[0], "fixture::Encoder::encode_frame(int, char const*)");
}

TEST(Symbolizer, InAStrippedFileTwoOffsetsOfOneFunctionShareItsStart) {
  Symbolizer symbolizer;
  const uint64_t hidden = address_of_hidden();
  const Answer stripped = ask(symbolizer, kStripped, {hidden + 1, hidden + 10});
  EXPECT_EQ(stripped.problem, "");
  EXPECT_EQ(stripped.names, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(stripped.in_function, (std::vector<uint8_t>{1, 1}));
  EXPECT_EQ(stripped.starts, (std::vector<int64_t>(2, static_cast<int64_t>(hidden))));
}

TEST(Symbolizer, ASymbolWithoutSizeNamesNothingUnlessUnwindDataBoundsIt) {
  Symbolizer symbolizer;
  const uint64_t no_size = address_of("fixture_asm_no_size"), sized = address_of("fixture_asm_sized");
  const uint64_t fde = address_of("fixture_asm_fde");
  const Answer answer = ask(symbolizer, kFixture, {no_size + 2, sized + 2, sized + 20, fde + 2, fde + 5});
  EXPECT_EQ(answer.names, (std::vector<std::string>{"", "fixture_asm_sized", "", "fixture_asm_fde", ""}));
  EXPECT_EQ(answer.in_function, (std::vector<uint8_t>{0, 1, 0, 1, 0}));
}

TEST(Symbolizer, UndescribedCodeBetweenTwoFunctionsSharesOneStart) {
  Symbolizer symbolizer;
  const uint64_t sized = address_of("fixture_asm_sized");
  const Answer answer = ask(symbolizer, kFixture, {sized + 4, sized + 11, sized + 35});
  for (const int64_t start : answer.starts) EXPECT_EQ(start, static_cast<int64_t>(sized + 4));
}

TEST(Symbolizer, OfSeveralNamesThePlainestIsTaken) {
  Symbolizer symbolizer;
  const uint64_t alpha = address_of("__fixture_alpha_alias");
  EXPECT_EQ(alpha, address_of("fixture_alpha"));
  EXPECT_EQ(ask(symbolizer, kStripped, {alpha + 4}).names[0], "fixture_alpha");
}

TEST(Symbolizer, WhatIsNotCodeHasNoStart) {
  Symbolizer symbolizer;
  const Answer answer = ask(symbolizer, kFixture, {0, 1, UINT64_MAX, uint64_t{1} << 43});
  for (const int64_t start : answer.starts) EXPECT_EQ(start, -1);
  for (const std::string &name : answer.names) EXPECT_EQ(name, "");
}

TEST(Symbolizer, AFileWithAnotherBuildIdIsNotUsed) {
  Symbolizer symbolizer;
  const uint64_t alpha = address_of("fixture_alpha");
  for (const std::string &id : {std::string(40, 'a'), std::string(), build_id_of(kFixture).substr(0, 38)}) {
    const Answer answer = symbolizer.answer({kFixture, id, "", {alpha}});
    EXPECT_EQ(answer.problem, "build-id differs");
    EXPECT_EQ(answer.names, std::vector<std::string>{""});
    EXPECT_EQ(answer.starts, std::vector<int64_t>{-1});
  }
}

TEST(Symbolizer, AModuleWithoutBuildIdMatchesAFileWithout) {
  Symbolizer symbolizer;
  EXPECT_EQ(build_id_of(kNoId), "");
  const Answer answer = symbolizer.answer({kNoId, "", "", {address_of("fixture_alpha", kNoId) + 1}});
  EXPECT_EQ(answer.problem, "");
  EXPECT_EQ(answer.names[0], "fixture_alpha");
}

TEST(Symbolizer, AFileThatIsNotThereOrNotElfIsAProblemNotAnError) {
  Symbolizer symbolizer;
  const std::string fifo = std::string(FIXTURE_DIR) + "/fifo";
  mkfifo(fifo.c_str(), 0600);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/nonexistent/lib.so", "cannot open: No such file or directory"},
      {"/etc/hostname", "not an ELF file"},
      {"/proc", "not a regular file"},
      {"/proc/self/maps", "not an ELF file"},
      {fifo, "not a regular file"},
      {"/dev/zero", "not a regular file"},
      {"", "cannot open: No such file or directory"}};
  for (const auto &[path, problem] : cases) {
    const Answer answer = symbolizer.answer({path, "00", "", {1, 2}});
    EXPECT_EQ(answer.problem, problem) << path;
    EXPECT_EQ(answer.names.size(), 2u);
    EXPECT_EQ(answer.starts, (std::vector<int64_t>{-1, -1}));
  }
  unlink(fifo.c_str());
}

TEST(Symbolizer, WithoutLibelfThereAreNoNamesAndAReason) {
  Symbolizer symbolizer("libelf-that-nobody-has.so.1");
  const Answer answer = ask(symbolizer, kFixture, {address_of("fixture_alpha")});
  EXPECT_EQ(answer.problem, "libelf-that-nobody-has.so.1 is not installed");
  EXPECT_EQ(answer.starts, std::vector<int64_t>{-1});
}

TEST(Symbolizer, FilesAreFoundThroughTheRootOfTheTarget) {
  Symbolizer symbolizer;
  const std::string id = build_id_of(kFixture);
  const uint64_t alpha = address_of("fixture_alpha");
  EXPECT_EQ(symbolizer.answer({kFixture, id, "/proc/self/root", {alpha}}).names[0], "fixture_alpha");
  EXPECT_EQ(symbolizer.answer({"/libfixture.so", id, FIXTURE_DIR, {alpha}}).names[0], "fixture_alpha");
  EXPECT_EQ(symbolizer.answer({"/libfixture.so", id, "/nowhere", {alpha}}).problem,
            "cannot open: No such file or directory");
}

TEST(Symbolizer, AnAbsoluteLinkInTheTargetLeadsIntoTheTarget) {
  char root[] = FIXTURE_DIR "/rootXXXXXX";
  ASSERT_NE(mkdtemp(root), nullptr);
  const std::string dir = root;
  ASSERT_EQ(link(kFixture.c_str(), (dir + "/real.so").c_str()), 0);
  ASSERT_EQ(symlink("/real.so", (dir + "/lib.so").c_str()), 0);
  Symbolizer symbolizer;
  EXPECT_EQ(symbolizer.answer({"/lib.so", build_id_of(kFixture), dir, {address_of("fixture_alpha")}}).names[0],
            "fixture_alpha");
  unlink((dir + "/lib.so").c_str());
  unlink((dir + "/real.so").c_str());
  rmdir(root);
}

TEST(Symbolizer, AnInstalledDebugFileNamesWhatWasStripped) {
  char root[] = FIXTURE_DIR "/debugXXXXXX";
  ASSERT_NE(mkdtemp(root), nullptr);
  const std::string dir = root, id = build_id_of(kStripped),
                    debug = dir + "/usr/lib/debug/.build-id/" + id.substr(0, 2);
  ASSERT_EQ(id, build_id_of(kFixture));
  for (const char *part : {"/usr", "/usr/lib", "/usr/lib/debug", "/usr/lib/debug/.build-id"})
    mkdir((dir + part).c_str(), 0700);
  mkdir(debug.c_str(), 0700);
  ASSERT_EQ(link(kStripped.c_str(), (dir + "/lib.so").c_str()), 0);
  const Query query{"/lib.so", id, dir, {address_of_hidden() + 2}};
  EXPECT_EQ(Symbolizer().answer(query).names[0], "");
  const std::string file = debug + "/" + id.substr(2) + ".debug";
  ASSERT_EQ(link(kNoId.c_str(), file.c_str()), 0);
  EXPECT_EQ(Symbolizer().answer(query).names[0], "") << "a debug file of another build is not used";
  unlink(file.c_str());
  ASSERT_EQ(link(kFixture.c_str(), file.c_str()), 0);
  EXPECT_EQ(Symbolizer().answer(query).names[0], "hidden_helper(int)");
  unlink(file.c_str());
  unlink((dir + "/lib.so").c_str());
  for (const std::string &part :
       {debug, dir + "/usr/lib/debug/.build-id", dir + "/usr/lib/debug", dir + "/usr/lib", dir + "/usr", dir})
    EXPECT_EQ(rmdir(part.c_str()), 0);
}

TEST(Symbolizer, TheCacheStaysBelowItsLimitAndAnswersStayRight) {
  const uint64_t alpha = address_of("fixture_alpha");
  Symbolizer tiny("libelf.so.1", "libdw.so.1", {1, 1}), roomy;
  for (int i = 0; i < 3; i++) {
    for (const std::string &path : {kFixture, kStripped})
      EXPECT_EQ(ask(tiny, path, {alpha}).names[0], ask(roomy, path, {alpha}).names[0]);
    EXPECT_LE(tiny.cached_bytes(), 1u);
  }
  EXPECT_GT(roomy.cached_bytes(), 100u);
  EXPECT_LT(roomy.cached_bytes(), 100000u);
}

TEST(Symbolizer, SeveralThreadsMayAskAtOnce) {
  Symbolizer symbolizer;
  const uint64_t alpha = address_of("fixture_alpha");
  const std::string id = build_id_of(kFixture);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; i++) right += symbolizer.answer({kFixture, id, "", {alpha}}).names[0] == "fixture_alpha";
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(right, 800);
}

TEST(Symbolizer, EveryExportedFunctionOfTheCLibraryIsFoundByTheLoadersOwnAnswer) {
  void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(libc, nullptr);
  link_map *map = nullptr;
  ASSERT_EQ(dlinfo(libc, RTLD_DI_LINKMAP, &map), 0);
  const std::string path = map->l_name;
  Symbolizer symbolizer;
  for (const char *name : {"qsort", "fopen", "getaddrinfo", "regcomp", "printf", "pthread_create"}) {
    const uint64_t at = reinterpret_cast<uint64_t>(dlsym(libc, name)) - map->l_addr;
    const Answer answer = ask(symbolizer, path, {at + 4});
    EXPECT_EQ(answer.starts[0], static_cast<int64_t>(at)) << name;
    EXPECT_EQ(reinterpret_cast<uint64_t>(dlsym(libc, answer.names[0].c_str())) - map->l_addr, at) << answer.names[0];
  }
}
