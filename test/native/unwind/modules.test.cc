// Does the module map say what is loaded, keep to its caps, and survive libraries that come and go under samples?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/modules.h"

#include <dirent.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "modules-ready.h"
#include "sampler.h"
#include "unwind/modules/code-regions.h"

namespace pyro::unwind::test {
namespace {

const Tagged *find_tagged(const char *part) {
  for (const Tagged &module : tagged())
    if (module.path.find(part) != std::string::npos) return &module;
  return nullptr;
}

TEST(Modules, are_told_once_with_path_place_and_build_id) {
  build_tables();
  const size_t before = tagged().size();
  refresh_and_tag();
  EXPECT_EQ(tagged().size(), before) << "each module is told once";
  const Tagged *libc = find_tagged("libc.so.6");
  ASSERT_TRUE(libc);
  EXPECT_EQ(libc->kind, ModuleKind::kFile);
  EXPECT_EQ(libc->build_id.size(), 40u);
  struct link_map *map = nullptr;
  void *handle = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_NOW);
  ASSERT_EQ(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
  EXPECT_EQ(libc->bias, map->l_addr);
  dlclose(handle);
  std::ifstream file(libc->path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::string raw;
  for (size_t i = 0; i < libc->build_id.size(); i += 2)
    raw.push_back(static_cast<char>(std::stoi(libc->build_id.substr(i, 2), nullptr, 16)));
  EXPECT_NE(bytes.find(raw), std::string::npos) << "the build id in memory is the file's";
  const Tagged *vdso = find_tagged("[vdso]");
  ASSERT_TRUE(vdso);
  EXPECT_EQ(vdso->kind, ModuleKind::kVdso);
  char self[4096];
  self[readlink("/proc/self/exe", self, sizeof self - 1)] = 0;
  EXPECT_TRUE(find_tagged(self)) << "the program has its path";
}

TEST(Modules, a_request_covers_what_the_module_is_linked_with) {
  ModuleMap &map = ModuleMap::instance();
  if (map.stats().modules) GTEST_SKIP() << "only as the first test of a process, as ctest runs it";
  EXPECT_TRUE(map.refresh());
  EXPECT_EQ(map.stats().tables, 0u) << "nothing was asked for";
  map.request_table_for(reinterpret_cast<const void *>(dlsym(RTLD_DEFAULT, "gst_pad_push")));
  map.refresh();
  const Stats stats = map.stats();
  EXPECT_GE(stats.tables, 5u) << "libgstreamer, GLib, GObject, GModule, libc";
  EXPECT_GT(stats.rows, 10000u);
  EXPECT_LT(stats.rules, 3000u);
  EXPECT_EQ(stats.broken, 0u);
  EXPECT_EQ(stats.bad_functions, 0u);
  EXPECT_GT(stats.build_ns, 0u);
  EXPECT_LT(static_cast<double>(stats.bytes) / static_cast<double>(stats.rows), 12.0);
  const uint64_t before = stats.build_ns;
  EXPECT_FALSE(map.refresh());
  EXPECT_LT(map.stats().build_ns - before, 1000000u) << "nothing is built twice";
}

// Every plugin that is installed here.
void load_plugins() {
  DIR *folder = opendir(GSTREAMER_PLUGINS);
  if (!folder) return;
  while (const dirent *entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.size() > 3 && name.substr(name.size() - 3) == ".so")
      dlopen((GSTREAMER_PLUGINS "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
  }
  closedir(folder);
}

TEST(Modules, memory_stays_under_the_cap_when_everything_is_asked_for) {
  load_plugins();
  ModuleMap &map = ModuleMap::instance();
  map.refresh();
  map.tag_new([](void *, const ModuleInfo &info) { return ModuleMap::instance().request_table_of(info.path), 1u; },
              nullptr);
  map.refresh();
  const Stats stats = map.stats();
  printf("  modules %u tables %u rows %lu bytes %lu rules %u over the cap %u build %.0f ms\n", stats.modules,
         stats.tables, stats.rows, stats.bytes, stats.rules, stats.over_cap, static_cast<double>(stats.build_ns) / 1e6);
  EXPECT_LE(stats.bytes, ModuleMap::kMostBytes + (1u << 17));
  EXPECT_EQ(stats.broken, 0u);
  EXPECT_GE(stats.tables, 20u);
  EXPECT_EQ(stats.tables + stats.over_cap, stats.modules) << "each module has a table or is counted";
}

// --- storms ---

std::atomic<uint64_t> samples, finished, in_library;
constexpr uint64_t kEnough = 6000;  // a busy machine takes longer for them
void hit(const ucontext_t *context) {
  uint64_t frames[kMaxFrames];
  const Walk out = walk(read_registers(context), this_stack, frames, alternate_stack(context));
  samples++;
  finished += static_cast<uint32_t>(out.end) <= static_cast<uint32_t>(End::kNoStack) && out.depth <= kMaxFrames;
  in_library += out.end == End::kRoot && out.depth > 5;
}

TEST(Modules, libraries_that_come_and_go_under_samples_break_nothing) {
  build_tables();
  Sampler::install(hit);
  samples = finished = in_library = 0;
  std::atomic<bool> stop{false};
  std::thread background([&] {
    while (!stop) {
      refresh_and_tag();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  std::vector<std::thread> workers;
  std::atomic<int> loads{0};
  for (int i = 0; i < 3; i++)
    workers.emplace_back([&] {
      learn_stack();
      const Sampler sampler(CLOCK_MONOTONIC, 2000);
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while ((samples < kEnough || in_library < 500 || loads < 20) && std::chrono::steady_clock::now() < end) {
        void *library = dlopen(COME_AND_GO, RTLD_NOW | RTLD_LOCAL);
        ASSERT_TRUE(library) << dlerror();
        const auto run = reinterpret_cast<int (*)(int)>(dlsym(library, "come_and_go"));
        for (int round = 0; round < 20; round++) run(round);
        dlclose(library);
        loads++;
      }
    });
  for (std::thread &worker : workers) worker.join();
  stop = true;
  background.join();
  refresh_and_tag();
  refresh_and_tag();
  const Stats stats = ModuleMap::instance().stats();
  printf("  %d loads, %lu samples, %lu with a whole stack, %u modules, %lu bytes\n", loads.load(), samples.load(),
         in_library.load(), stats.modules, stats.bytes);
  EXPECT_GE(loads, 20);
  EXPECT_GE(samples, kEnough);
  EXPECT_EQ(samples, finished);
  EXPECT_GE(in_library, 500u);
  EXPECT_LE(stats.bytes, ModuleMap::kMostBytes);
  EXPECT_EQ(stats.broken, 0u);
}

TEST(Walk, before_any_refresh_says_that_there_is_no_table) {
  if (ModuleMap::instance().stats().modules) GTEST_SKIP() << "only as the first test of a process, as ctest runs it";
  ucontext_t context;
  getcontext(&context);
  learn_stack();
  uint64_t frames[kMaxFrames];
  const Walk out = walk(read_registers(&context), this_stack, frames);
  EXPECT_EQ(out.depth, 0u);
  EXPECT_EQ(out.end, End::kNoTable);
}

TEST(Walk, never_reads_outside_the_bounds_it_is_given) {
  build_tables();
  learn_stack();
  ucontext_t context;
  getcontext(&context);
  const Registers start = read_registers(&context);
  uint64_t frames[kMaxFrames];
  const uint64_t sp = start.r[kStackPointer];
  EXPECT_EQ(walk(start, this_stack, frames).end, End::kRoot);
  EXPECT_EQ(walk(start, {0, 0}, frames).end, End::kNoStack);
  EXPECT_EQ(walk(start, {0, 0}, frames).depth, 1u) << "where it was is still known";
  EXPECT_EQ(walk(start, {sp + 4096, sp + 8192}, frames).end, End::kNoStack);
  uint32_t depth = 0;
  for (uint64_t high = sp + 8; high < sp + 2000; high += 8) {
    const Walk out = walk(start, {sp, high}, frames);
    EXPECT_TRUE(out.end == End::kBadRead || out.end == End::kNoStack) << static_cast<int>(out.end);
    EXPECT_GE(out.depth, depth) << "more stack never gives fewer frames";
    depth = out.depth;
  }
  Registers wild = start;
  wild.pc = 0x1000;
  EXPECT_EQ(walk(wild, this_stack, frames).end, End::kNoModule);
  EXPECT_EQ(frames[0], 0u);
  EXPECT_TRUE(ModuleMap::instance().wants_refresh());
  ModuleMap::instance().refresh();
  EXPECT_FALSE(ModuleMap::instance().wants_refresh());
}

TEST(CodeRegions, are_the_executable_lines_that_no_module_claims) {
  const std::string maps =
      "1000-2000 r-xp 00000000 00:00 0 \n"
      "2000-3000 r-xp 00000000 00:00 0 \n"
      "4000-5000 rw-p 00000000 00:00 0 \n"
      "6000-7000 r-xs 00000000 00:01 1025                      /tmp/orcexec.AbCdEf (deleted)\n"
      "8000-9000 r-xp 00000000 08:01 77                        /usr/lib/claimed.so\n"
      "garbage\n"
      "9000-8000 r-xp 00000000 00:00 0 \n"
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n"
      "a000-b000 r-x";
  MappedArray<CodeRegion> regions;
  parse_code_regions(
      maps.data(), maps.size(), [](void *, Range range) { return range.start == 0x8000; }, nullptr, 10, regions);
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[0].range.start, 0x1000u);
  EXPECT_EQ(regions[0].range.end, 0x3000u) << "neighbours of one name are one region";
  EXPECT_STREQ(regions[0].name, "");
  EXPECT_STREQ(regions[1].name, "/tmp/orcexec.AbCdEf (deleted)");
  MappedArray<CodeRegion> capped;
  parse_code_regions(
      maps.data(), maps.size(), [](void *, Range) { return false; }, nullptr, 1, capped);
  EXPECT_EQ(capped.size(), 1u);
}

}  // namespace
}  // namespace pyro::unwind::test
