// Are lines and inlined functions those that binutils finds?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>

#include "fixture.h"

using namespace pyro::symbols;

namespace {

using Chain = std::vector<std::string>;  // "function file:line", innermost first

std::vector<uint64_t> code_of(const std::string &path, uint64_t step) {
  ElfLibrary library;
  if (!library.open("libelf.so.1")) abort();
  ElfFile file(library);
  if (!file.open("", path).empty()) abort();
  std::vector<uint64_t> addresses;
  file.sections([&](const GElf_Shdr &header, const char *name, Elf_Scn *) {
    if (std::string(name) != ".text") return;
    for (uint64_t at = header.sh_addr; at < header.sh_addr + header.sh_size; at += step) addresses.push_back(at);
  });
  return addresses;
}

// For each address its number, then two lines a function: name, file and line.
std::vector<Chain> oracle(const std::string &path, const std::vector<uint64_t> &addresses) {
  std::ostringstream command;
  command << PYRO_ADDR2LINE << " -a -i -f -C -e " << path << std::hex;
  for (const uint64_t at : addresses) command << " " << at;
  FILE *pipe = popen(command.str().c_str(), "r");
  std::vector<Chain> chains;
  std::string function;
  char buffer[4096];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) {
    std::string text(buffer);
    text = text.substr(0, text.find('\n'));
    if (text.compare(0, 2, "0x") == 0)
      chains.emplace_back();
    else if (function.empty())
      function = text;
    else {
      chains.back().push_back(function + " " + text.substr(0, text.find(" (discriminator")));
      function.clear();
    }
  }
  pclose(pipe);
  return chains;
}

std::vector<Chain> chains_of(const Answer &answer) {
  std::vector<Chain> chains;
  size_t next = 0;
  for (const uint8_t count : answer.line_counts) {
    chains.emplace_back();
    for (uint8_t i = 0; i < count; i++) {
      const Line &line = answer.lines[next++];
      chains.back().push_back(answer.texts[line.function] + " " + answer.texts[line.file] + ":" +
                              std::to_string(line.line));
    }
  }
  return chains;
}

long resident_kb() {
  std::ifstream in("/proc/self/statm");
  long total = 0, resident = 0;
  in >> total >> resident;
  return resident * 4;
}

// addr2line gives the symbol's name to the innermost function when it is close to it.
bool is_alike(const Chain &ours, Chain theirs) {
  if (ours.size() != theirs.size() || ours.empty()) return ours.size() == theirs.size();
  const auto function = [](const std::string &line) { return line.substr(0, line.rfind(' ')); };
  if (function(theirs.front()) == function(theirs.back()))
    theirs.front() = function(ours.front()) + theirs.front().substr(theirs.front().rfind(' '));
  return ours == theirs;
}

}  // namespace

TEST(Lines, EveryInstructionHasTheFunctionsFilesAndLinesThatAddr2lineFinds) {
  const std::vector<uint64_t> addresses = code_of(kLines, 1);
  Symbolizer symbolizer;
  const Answer answer = ask(symbolizer, kLines, addresses);
  EXPECT_TRUE(answer.has_lines);
  const std::vector<Chain> ours = chains_of(answer), theirs = oracle(kLines, addresses);
  ASSERT_EQ(ours.size(), theirs.size());
  size_t inlined = 0, with_lines = 0, different = 0;
  for (size_t i = 0; i < ours.size(); i++) {
    if (ours[i].empty()) continue;  // start-up code that came without lines
    with_lines++;
    inlined += ours[i].size() > 1;
    if (is_alike(ours[i], theirs[i]) || different++ > 5) continue;
    for (const std::string &line : ours[i]) ADD_FAILURE() << std::hex << addresses[i] << " ours   " << line;
    for (const std::string &line : theirs[i]) ADD_FAILURE() << std::hex << addresses[i] << " theirs " << line;
  }
  EXPECT_EQ(different, 0u);
  EXPECT_GT(with_lines, 300u);
  EXPECT_GT(inlined, 100u);
  RecordProperty("addresses", static_cast<int>(with_lines));
}

TEST(Lines, OfALargeLibraryTakeAPartOfASecondAndLeaveNothingOpen) {
  void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  link_map *map = nullptr;
  ASSERT_EQ(dlinfo(libc, RTLD_DI_LINKMAP, &map), 0);
  const std::string path = map->l_name;
  Symbolizer symbolizer;
  if (!ask(symbolizer, path, {1}).has_lines) GTEST_SKIP() << "libc6-dbg is not installed";
  std::vector<uint64_t> addresses = code_of(path, 64);
  for (size_t i = 0; i < addresses.size(); i++) std::swap(addresses[i], addresses[(i * 7919) % addresses.size()]);
  for (const size_t count : {size_t{2000}, size_t{20}}) {
    const std::vector<uint64_t> some(addresses.begin(), addresses.begin() + static_cast<ptrdiff_t>(count));
    const long before = resident_kb();
    const clock_t begin = clock();
    const Answer answer = ask(symbolizer, path, some);
    const long ms = (clock() - begin) * 1000 / CLOCKS_PER_SEC;
    std::printf("%zu addresses of libc: %ld ms of CPU, %zu lines, %ld kB more\n", count, ms, answer.lines.size(),
                resident_kb() - before);
    EXPECT_GT(answer.lines.size(), count / 2);
    EXPECT_LT(ms, 3000);
    EXPECT_LT(resident_kb() - before, 16 << 10);
  }
}

TEST(Lines, WithoutLibdwThereAreNamesButNoLines) {
  Symbolizer symbolizer("libelf.so.1", "libdw-that-nobody-has.so.1");
  const Answer answer = ask(symbolizer, kLines, {address_of("lines_entry", kLines)});
  EXPECT_EQ(answer.names[0], "lines_entry");
  EXPECT_EQ(answer.line_counts[0], 0);
  EXPECT_EQ(answer.problem, "");
}

TEST(Lines, AnswersAreTheSameWhenTheMemoryForLinesIsTooSmallToKeepAnyOpen) {
  const std::vector<uint64_t> addresses = code_of(kLines, 7);
  Symbolizer tiny("libelf.so.1", "libdw.so.1", {1, 1}), roomy;
  const std::vector<Chain> wanted = chains_of(ask(roomy, kLines, addresses));
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(chains_of(ask(tiny, kLines, addresses)), wanted);
    EXPECT_EQ(chains_of(ask(roomy, kLines, addresses)), wanted);
  }
}
