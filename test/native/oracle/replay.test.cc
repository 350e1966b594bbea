// Do stored stacks still show their callers, at other addresses and in another process than where they were taken?
// SPDX-License-Identifier: MPL-2.0
#include <dirent.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "modules-ready.h"
#include "stored-stack.h"
#include "unwind/walk/walker.h"

extern "C" void stored_root();

namespace pyro::oracle {
namespace {

using unwind::End;
using unwind::test::raw_address;

// Other stacks than the ones that belong to the tests: PYRO_STACKS=FOLDER test_replay --gtest_filter=*callers_that*
const std::string &folder() {
  static const std::string chosen = getenv("PYRO_STACKS") ? getenv("PYRO_STACKS") : STACKS;
  return chosen;
}

std::vector<std::string> stored_files() {
  std::vector<std::string> files;
  DIR *dir = opendir(folder().c_str());
  while (const dirent *entry = dir ? readdir(dir) : nullptr)
    if (strstr(entry->d_name, ".stack")) files.push_back(entry->d_name);
  if (dir) closedir(dir);
  std::sort(files.begin(), files.end());
  return files;
}

void know_the_modules() {
  auto &map = unwind::ModuleMap::instance();
  map.request_core();
  map.request_table_for(reinterpret_cast<const void *>(&stored_root));
  for (int i = 0; i < 2; i++) unwind::test::refresh_and_tag();
}

std::vector<uint64_t> walked(const Sample &sample, unwind::Walk *out) {
  uint64_t frames[unwind::kMaxFrames];
  // A search may first ask for what it needs.
  for (int i = 0; i < 3; i++) {
    *out = unwind::walk(sample.registers, sample.stack, frames, sample.alternate);
    if (out->end != End::kNoTable) break;
    unwind::test::refresh_and_tag();
  }
  std::vector<uint64_t> shown;
  for (uint32_t i = 0; i < out->depth; i++) shown.push_back(raw_address(frames[i]));
  return shown;
}

class StoredStacks : public testing::TestWithParam<std::string> {};

TEST_P(StoredStacks, show_the_callers_that_they_had) {
  know_the_modules();
  const StoredStack stored(folder() + "/" + GetParam());
  ASSERT_EQ(stored.error(), "");
  const Sample &sample = stored.sample();
  unwind::Walk walk{};
  const std::vector<uint64_t> shown = walked(sample, &walk);
  ASSERT_LE(shown.size(), sample.truth.size()) << sample.why;
  EXPECT_TRUE(std::equal(shown.begin(), shown.end(), sample.truth.begin())) << sample.why;
  EXPECT_EQ(walk.end, sample.end) << sample.why;
  if (sample.end == End::kRoot) {
    EXPECT_EQ(shown.size(), sample.truth.size()) << sample.why;
  }
}

// What the functions of frames.S put into registers before they call.
struct Held {
  const char *function;
  uint8_t reg;
  uint64_t value;
};
constexpr Held kHeld[] = {
    {"stored_root", 3, 0x1001},      {"stored_saves", 3, 0x2003},      {"stored_saves", 6, 0x2006},
    {"stored_saves", 12, 0x200c},    {"stored_saves", 13, 0x200d},     {"stored_saves", 14, 0x200e},
    {"stored_saves", 15, 0x200f},    {"stored_points", 12, 0x300c},    {"stored_points", 3, 0x2003},
    {"stored_points", 13, 0x200d},   {"stored_points", 14, 0x200e},    {"stored_points", 15, 0x200f},
    {"stored_realigned", 3, 0x4003}, {"stored_realigned", 12, 0x300c}, {"stored_realigned", 15, 0x200f},
};

TEST_P(StoredStacks, give_back_the_registers_that_their_callers_held_or_say_that_they_are_not_known) {
  know_the_modules();
  const StoredStack stored(folder() + "/" + GetParam());
  ASSERT_EQ(stored.error(), "");
  unwind::Walk walk{};
  walked(stored.sample(), &walk);  // asks for what is needed
  unwind::Walker walker(*unwind::shared.snapshot.load(), unwind::shared.rules.load(), stored.sample().registers,
                        stored.sample().stack, stored.sample().alternate, nullptr);
  uint32_t known = 0;
  for (walker.segment(); walker.step() == unwind::Step::kNext; walker.segment()) {
    Dl_info info{};
    if (!dladdr(reinterpret_cast<void *>(walker.at()), &info) || !info.dli_sname) continue;
    for (const Held &held : kHeld) {
      if (strcmp(held.function, info.dli_sname) != 0 || !(walker.known() >> held.reg & 1)) continue;
      known++;
      EXPECT_EQ(walker.registers().r[held.reg], held.value) << held.function << " register " << int{held.reg};
    }
  }
  EXPECT_GE(known, 1u);
}

INSTANTIATE_TEST_SUITE_P(All, StoredStacks, testing::ValuesIn(stored_files()),
                         [](const testing::TestParamInfo<std::string> &info) {
                           std::string name = info.param.substr(0, info.param.find('.'));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(StoredStack, read_back_and_written_again_is_the_same_file) {
  know_the_modules();
  const std::vector<std::string> files = stored_files();
  ASSERT_FALSE(files.empty());
  const std::string first = testing::TempDir() + "pyro-" + std::to_string(getpid()) + "-1.stack",
                    second = testing::TempDir() + "pyro-" + std::to_string(getpid()) + "-2.stack";
  ASSERT_TRUE(store(StoredStack(folder() + "/" + files[0]).sample(), first));
  ASSERT_TRUE(store(StoredStack(first).sample(), second));
  const auto text = [](const std::string &path) {
    FILE *file = fopen(path.c_str(), "r");
    std::string all(1 << 20, '\0');
    all.resize(file ? fread(all.data(), 1, all.size(), file) : 0);
    if (file) fclose(file);
    return all;
  };
  EXPECT_GT(text(first).size(), 500u);
  // All but the place where the stack lay.
  const auto without_low = [](std::string all) { return all.replace(all.find("\nstack "), 24, ""); };
  EXPECT_EQ(without_low(text(first)), without_low(text(second)));
  remove(first.c_str());
  remove(second.c_str());
}

TEST(StoredStack, of_another_build_of_a_module_is_refused_with_its_name) {
  know_the_modules();
  const std::string path = testing::TempDir() + "pyro-" + std::to_string(getpid()) + "-other.stack";
  FILE *file = fopen(path.c_str(), "w");
  ASSERT_TRUE(file);
  fputs(
      "stack 1\nmodule 0 0123 libc.so.6\nwhy nothing\nexpect root\npc m0+1234\nframes m0+1234\n"
      "stack 1000 0 10\n0*2\nend\n",
      file);
  fclose(file);
  EXPECT_NE(StoredStack(path).error().find("libc.so.6"), std::string::npos);
  remove(path.c_str());
}

}  // namespace
}  // namespace pyro::oracle
