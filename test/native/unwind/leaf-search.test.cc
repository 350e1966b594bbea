// Is the caller found when the interrupted code has no CFI: assembly of every shape, and generated code?
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <chrono>
#include <map>
#include <string>

#include "modules-ready.h"
#include "sampler.h"

using Work = int (*)(long);
extern "C" {
int asm_bare(long);
int asm_large_frame(long);
int asm_clobbers_rbp(long);
int asm_with_helper(long);
int asm_helper(long);
int asm_realigned(long);
int asm_frame_pointer(long);
int by_pointer(Work, long);
int by_pointer_with_frame_pointer(Work, long);
int directly(long);
int large_directly(long);
int by_jump(Work, long);
}

namespace pyro::unwind::test {
namespace {

constexpr uint32_t kMost = 20000;
struct Taken {
  Walk walk;
  uint64_t frames[6];
} taken[kMost];
std::atomic<uint32_t> taken_count;

void hit(const ucontext_t *context) {
  uint64_t frames[kMaxFrames];
  const Walk out = walk(read_registers(context), this_stack, frames, alternate_stack(context));
  const uint32_t at = taken_count.fetch_add(1);
  if (at >= kMost) return;
  taken[at].walk = out;
  for (uint32_t i = 0; i < 6; i++) taken[at].frames[i] = i < out.depth ? frames[i] : 0;
}

std::string name_of(uint64_t frame) {
  Dl_info info;
  if (!frame || !dladdr(reinterpret_cast<void *>(raw_address(frame)), &info) || !info.dli_sname) return "?";
  return info.dli_sname;
}

// What lies between the code without CFI and this test, as sampled while `run` works.
struct Outcome {
  uint32_t samples = 0, in_work = 0, right = 0, roots = 0;
  std::map<std::string, int> wrong;
};

template <typename Run>
Outcome sample(const char *work, const std::vector<std::string> &callers, Run run) {
  learn_stack();
  Sampler::install(hit);
  taken_count = 0;
  const auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  {
    const Sampler sampler(CLOCK_MONOTONIC, 2000);
    while (taken_count < 800 && std::chrono::steady_clock::now() < stop) run();
  }
  Outcome out;
  out.samples = std::min<uint32_t>(taken_count, kMost);
  for (uint32_t i = 0; i < out.samples; i++) {
    if (name_of(taken[i].frames[0]) != work) continue;
    out.in_work++;
    out.roots += taken[i].walk.end == End::kRoot && taken[i].walk.inferred;
    std::string path;
    bool right = true;
    for (size_t frame = 0; frame < callers.size(); frame++) {
      const std::string name = name_of(taken[i].frames[frame + 1]);
      path += " < " + name;
      right &= name == callers[frame];
    }
    out.right += right;
    if (!right) out.wrong[path + " end " + std::to_string(static_cast<int>(taken[i].walk.end))]++;
  }
  return out;
}

// A guess holds after the prologue: in its few instructions, or the epilogue's, the search decides, which may miss.
void expect_right(const Outcome &out) {
  EXPECT_GE(out.in_work, 300u);
  EXPECT_GE(out.right * 100, out.in_work * 99);
  EXPECT_GE(out.roots * 100, out.in_work * 99);
  for (const auto &[path, count] : out.wrong) printf("    %5d times %s\n", count, path.c_str());
}

constexpr long kRounds = 30000;

struct Shape {
  const char *name;
  Work function;
  const char *work;
  std::vector<std::string> between;
};
std::ostream &operator<<(std::ostream &out, const Shape &shape) { return out << shape.name; }

class Assembly : public testing::TestWithParam<Shape> {
  void SetUp() override {
    build_tables();
    refresh_and_tag();
  }
};

TEST_P(Assembly, called_through_a_pointer_has_its_true_caller) {
  std::vector<std::string> callers = GetParam().between;
  callers.push_back("by_pointer");
  expect_right(sample(GetParam().work, callers, [] { by_pointer(GetParam().function, kRounds); }));
}

TEST_P(Assembly, called_by_code_that_needs_its_frame_pointer_has_its_true_caller) {
  std::vector<std::string> callers = GetParam().between;
  callers.push_back("by_pointer_with_frame_pointer");
  expect_right(sample(GetParam().work, callers, [] { by_pointer_with_frame_pointer(GetParam().function, kRounds); }));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Assembly,
                         testing::Values(Shape{"bare", asm_bare, "asm_bare", {}},
                                         Shape{"large", asm_large_frame, "asm_large_frame", {}},
                                         Shape{"clobbers", asm_clobbers_rbp, "asm_clobbers_rbp", {}},
                                         Shape{"helper", asm_with_helper, "asm_helper", {"asm_with_helper"}},
                                         Shape{"realigned", asm_realigned, "asm_realigned", {}},
                                         Shape{"pointer", asm_frame_pointer, "asm_frame_pointer", {}}),
                         [](const testing::TestParamInfo<Shape> &info) { return std::string(info.param.name); });

TEST(AssemblyCalls, made_directly_are_followed) {
  build_tables();
  refresh_and_tag();
  expect_right(sample("asm_bare", {"directly"}, [] { directly(kRounds); }));
  expect_right(sample("asm_large_frame", {"large_directly"}, [] { large_directly(kRounds); }));
}

TEST(AssemblyCalls, made_by_a_jump_out_of_a_function_are_followed) {
  build_tables();
  refresh_and_tag();
  expect_right(sample("asm_bare", {"by_jump"}, [] { by_jump(asm_bare, kRounds); }));
}

// As ORC writes it: no frame (0.4.33), or pushed registers (later).
Work generate(const std::vector<uint8_t> &code) {
  void *page = mmap(nullptr, 65536, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, code.data(), code.size());
  return reinterpret_cast<Work>(page);
}

void expect_generated(Work function) {
  build_tables();
  refresh_and_tag();
  learn_stack();
  Sampler::install(hit);
  const auto in_generated = [&](uint32_t i) {
    return taken[i].frames[0] == 0 || raw_address(taken[i].frames[0]) - reinterpret_cast<uint64_t>(function) < 65536;
  };
  const auto run = [&](uint32_t samples) {
    taken_count = 0;
    const auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const Sampler sampler(CLOCK_MONOTONIC, 2000);
    while (taken_count < samples && std::chrono::steady_clock::now() < stop) by_pointer(function, kRounds);
  };
  run(100);  // not known yet
  uint32_t unknown = 0;
  for (uint32_t i = 0; i < taken_count; i++) unknown += taken[i].walk.end == End::kNoModule && taken[i].frames[0] == 0;
  EXPECT_GT(unknown, 0u);
  EXPECT_TRUE(ModuleMap::instance().wants_refresh());
  refresh_and_tag();
  refresh_and_tag();
  run(800);
  uint32_t in_work = 0, right = 0;
  for (uint32_t i = 0; i < taken_count; i++) {
    if (!in_generated(i)) continue;
    in_work++;
    EXPECT_EQ(tagged()[frame_tag(taken[i].frames[0])].kind, ModuleKind::kAnon);
    right += taken[i].walk.end == End::kRoot && taken[i].walk.inferred && name_of(taken[i].frames[1]) == "by_pointer";
  }
  EXPECT_GE(in_work, 300u);
  EXPECT_EQ(right, in_work);
}

TEST(GeneratedCode, without_a_frame_is_followed_once_its_region_is_known) {
  expect_generated(generate({0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x31, 0xc0, 0xc3}));
}

TEST(GeneratedCode, with_pushed_registers_is_followed_too) {
  // push rbp, push rbx, push r12; mov rbp, rdi; loop; pop; ret
  expect_generated(generate({0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x53, 0x41, 0x54, 0x48, 0x89, 0xfd, 0x48,
                             0xff, 0xcf, 0x75, 0xfb, 0x41, 0x5c, 0x5b, 0x5d, 0x31, 0xc0, 0xc3}));
}

TEST(Exclusion, hides_our_own_frames_and_still_goes_through_them) {
  build_tables();
  void *library = dlopen(COME_AND_GO, RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  const auto run = reinterpret_cast<int (*)(int)>(dlsym(library, "come_and_go"));
  ModuleMap::instance().request_table_for(reinterpret_cast<const void *>(run));
  learn_stack();
  Sampler::install(hit);
  const auto shown = [&] {
    refresh_and_tag();
    taken_count = 0;
    const auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    {
      const Sampler sampler(CLOCK_MONOTONIC, 2000);
      while (taken_count < 300 && std::chrono::steady_clock::now() < stop) run(3);
    }
    uint32_t ours = 0, through = 0;
    for (uint32_t i = 0; i < taken_count; i++) {
      bool mine = false;
      for (uint64_t frame : taken[i].frames) mine |= tagged()[frame_tag(frame)].path == COME_AND_GO;
      ours += mine;
      through += taken[i].walk.end == End::kRoot;
    }
    EXPECT_GE(through * 100, taken_count * 99) << "the root is reached either way";
    return ours;
  };
  EXPECT_GT(shown(), 100u);
  ModuleMap::instance().exclude(reinterpret_cast<const void *>(run));
  EXPECT_EQ(shown(), 0u);
  dlclose(library);
}

}  // namespace
}  // namespace pyro::unwind::test
