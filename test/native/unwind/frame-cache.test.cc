// Does a walk with a warm cache say what a walk without one says, whatever has changed since it was filled?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/walk/frame-cache.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "modules-ready.h"
#include "plain-rule.h"
#include "sampler.h"
#include "shapes.h"
#include "unwind/modules/snapshot.h"

namespace pyro::unwind::test {
namespace {

struct Release {
  void operator()(FrameCache *cache) const { FrameCache::destroy(cache); }
};
using Cache = std::unique_ptr<FrameCache, Release>;

Cache make_cache() { return Cache(FrameCache::create()); }

struct Stack {
  Walk walk;
  uint64_t frames[kMaxFrames];
  bool operator==(const Stack &other) const {
    return walk.depth == other.walk.depth && walk.end == other.walk.end && walk.inferred == other.walk.inferred &&
           walk.truncated == other.walk.truncated && std::equal(frames, frames + walk.depth, other.frames);
  }
};

void take(Stack &out, const Registers &start, FrameCache *cache, StackBounds bounds = this_stack,
          StackBounds alternate = {0, 0}) {
  out.walk = walk(start, bounds, out.frames, alternate, cache);
}

// --- the cache by itself ---

TEST(FrameCache, gives_back_what_was_put_until_the_generation_changes) {
  const Cache cache = make_cache();
  ASSERT_TRUE(cache);
  Rule rule = plain_rule(160), out;
  rule.cfa = kCfaDeref;
  rule.post = -24;
  rule.based = 5;
  rule.saved[0] = -126;
  rule.saved[1] = kSlotLost;
  rule.saved[2] = 127;
  cache->begin(7);
  cache->put(0x7f1234567890, {0x123456789abcdef, true}, rule, 201);
  cache->put(0x7f1234567abc, {0, false}, plain_rule(8), 0);
  cache->begin(7);
  const FrameCache::Entry *entry = cache->find(0x7f1234567890);
  ASSERT_TRUE(entry);
  entry->rule().unpack(&out);
  EXPECT_TRUE(out == rule);
  EXPECT_EQ(entry->shown().frame, 0x123456789abcdefu);
  EXPECT_TRUE(entry->shown().shown);
  EXPECT_EQ(entry->site(), 201);
  ASSERT_TRUE(cache->find(0x7f1234567abc));
  EXPECT_FALSE(cache->find(0x7f1234567abc)->shown().shown);
  cache->begin(8);
  EXPECT_FALSE(cache->find(0x7f1234567890));
  EXPECT_FALSE(cache->find(0x7f1234567abc));
}

TEST(FrameCache, interrupted_code_is_forgotten_with_the_generation) {
  const Cache cache = make_cache();
  ASSERT_TRUE(cache);
  const auto *segment = reinterpret_cast<const Segment *>(0x1000);
  const Rule rule = plain_rule(48);
  cache->begin(7);
  cache->leaves().put(0x7f1234567450, {0x7f1234567440, 0x30, 0x500000000440, segment}, &rule);
  cache->begin(7);
  ASSERT_TRUE(cache->leaves().find(0x7f1234567450));
  cache->begin(8);
  EXPECT_FALSE(cache->leaves().find(0x7f1234567450));
}

TEST(FrameCache, finds_nothing_for_words_that_only_look_like_a_known_address) {
  const Cache cache = make_cache();
  cache->begin(1);
  const uint64_t pc = 0x7f0000001000;
  cache->put(pc, {1, true}, plain_rule(8), 0xff);
  ASSERT_TRUE(cache->find(pc));
  EXPECT_FALSE(cache->find(0));
  for (int bit = 0; bit < 64; bit++) EXPECT_FALSE(cache->find(pc ^ uint64_t{1} << bit)) << bit;
  cache->put(pc | uint64_t{1} << 60, {2, true}, plain_rule(16), 0);
  EXPECT_FALSE(cache->find(pc | uint64_t{1} << 60));
  EXPECT_EQ(cache->find(pc)->shown().frame, 1u);
}

TEST(FrameCache, leaves_out_rules_that_it_cannot_hold_whole) {
  const Cache cache = make_cache();
  cache->begin(1);
  Rule far_slot = plain_rule(8), far_post = plain_rule(8), far_return = plain_rule(8);
  far_slot.saved[kSavedCount - 1] = -127;
  far_post.post = 128;
  far_return.ra = 128;
  cache->put(0x1000, {1, true}, far_slot, 0);
  cache->put(0x2000, {1, true}, far_post, 0);
  cache->put(0x3000, {1, true}, far_return, 0);
  for (uint64_t pc : {0x1000, 0x2000, 0x3000}) EXPECT_FALSE(cache->find(pc)) << pc;
}

TEST(FrameCache, holding_more_than_fits_forgets_and_never_mixes_up) {
  const Cache cache = make_cache();
  cache->begin(1);
  for (uint64_t i = 1; i <= 2000; i++) {
    cache->put(i * 37, {i, true}, plain_rule(static_cast<int32_t>(i * 8)), static_cast<uint8_t>(i));
    const FrameCache::Entry *newest = cache->find(i * 37);
    ASSERT_TRUE(newest && newest->shown().frame == i) << i;
  }
  uint32_t held = 0;
  for (uint64_t i = 1; i <= 2000; i++) {
    const FrameCache::Entry *entry = cache->find(i * 37);
    if (!entry) continue;
    held++;
    Rule rule;
    entry->rule().unpack(&rule);
    EXPECT_EQ(rule.offset, static_cast<int32_t>(i * 8));
    EXPECT_EQ(entry->shown().frame, i);
    EXPECT_EQ(entry->site(), static_cast<uint8_t>(i));
  }
  EXPECT_GT(held, 60u);
}

// Where modules lie differs from process to process, so which callers meet in one set is a matter of luck.
TEST(FrameCache, the_callers_of_a_few_stacks_stay_known_wherever_they_lie) {
  std::mt19937_64 random(5);
  uint32_t lost = 0, looked = 0;
  for (int process = 0; process < 200; process++) {
    const Cache cache = make_cache();
    std::vector<uint64_t> callers(50);
    for (uint64_t &pc : callers) pc = 0x7f0000000000 + random() % 0x10000000;
    for (int walk = 0; walk < 20; walk++) {
      cache->begin(1);
      for (const uint64_t pc : callers) {
        const bool known = cache->find(pc) != nullptr;
        if (!known) cache->put(pc, {pc, true}, plain_rule(8), 0);
        looked += walk >= 10;
        lost += walk >= 10 && !known;
      }
    }
  }
  EXPECT_LT(lost * 500, looked) << lost << " of " << looked << " were not known from the walk before";
}

// What one stack needed long ago does not stand in the way of what another needs now.
TEST(FrameCache, callers_that_are_not_met_any_more_make_room) {
  const Cache cache = make_cache();
  for (uint64_t stack = 1; stack <= 20; stack++) {
    uint32_t lost = 0;
    for (int walk = 0; walk < 10; walk++) {
      cache->begin(1);
      for (uint64_t i = 1; i <= 40; i++) {
        const uint64_t pc = stack << 24 | i * 4093;
        const bool known = cache->find(pc) != nullptr;
        if (!known) cache->put(pc, {pc, true}, plain_rule(8), 0);
        lost += walk == 9 && !known;
      }
    }
    EXPECT_LE(lost, 4u) << stack;
  }
}

// --- walks ---

struct Verdict {
  std::atomic<uint64_t> samples{0};
  uint64_t differ = 0, unsteady = 0, truncated = 0, inferred = 0, alternate = 0;
  Stack before, cached, after;
};
thread_local Verdict *verdict __attribute__((tls_model("initial-exec")));
thread_local FrameCache *own_cache __attribute__((tls_model("initial-exec")));

// The background thread may publish between two walks: then even two without cache differ.
void hit(const ucontext_t *context) {
  const Registers start = read_registers(context);
  const StackBounds alternate = alternate_stack(context);
  Verdict &v = *verdict;
  take(v.before, start, nullptr, this_stack, alternate);
  take(v.cached, start, own_cache, this_stack, alternate);
  take(v.after, start, nullptr, this_stack, alternate);
  v.samples++;
  if (!(v.before == v.after)) {
    v.unsteady++;
    return;
  }
  v.differ += !(v.cached == v.after);
  v.truncated += v.after.walk.truncated;
  v.inferred += v.after.walk.inferred;
  const uint64_t sp = start.r[kStackPointer];
  v.alternate += sp >= alternate.low && sp < alternate.high;
}

constexpr uint64_t kEnough = 1200;

void sampled_work(Verdict *out, bool come_and_go) {
  const Cache cache = make_cache();
  const AlternateStack alternate;
  learn_stack();
  verdict = out;
  own_cache = cache.get();
  const Sampler sampler(CLOCK_MONOTONIC, 1500);
  const auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (out->samples < kEnough && std::chrono::steady_clock::now() < stop) {
    work_in_many_shapes();
    if (!come_and_go) continue;
    void *library = dlopen(COME_AND_GO, RTLD_NOW | RTLD_LOCAL);
    const auto run = reinterpret_cast<int (*)(int)>(dlsym(library, "come_and_go"));
    for (int depth = 0; depth < 20; depth++) run(depth);
    dlclose(library);
  }
}

void expect_same(const Verdict &v) {
  printf("  samples %lu, unsteady %lu, truncated %lu, inferred %lu, on the alternate stack %lu\n", v.samples.load(),
         v.unsteady, v.truncated, v.inferred, v.alternate);
  EXPECT_EQ(v.differ, 0u);
  EXPECT_GE(v.samples, kEnough);
  EXPECT_LT(v.unsteady * 4, v.samples);
  EXPECT_GT(v.truncated, 5u) << "the work must cover deep stacks";
  EXPECT_GT(v.alternate, 5u) << "the work must cover signal frames";
}

TEST(FrameCache, walks_of_two_busy_threads_are_the_same_with_and_without) {
  build_tables();
  Sampler::install(hit);
  catch_user_signal();
  auto verdicts = std::make_unique<Verdict[]>(2);
  std::thread other(sampled_work, &verdicts[0], false);
  std::thread another(sampled_work, &verdicts[1], false);
  other.join();
  another.join();
  expect_same(verdicts[0]);
  expect_same(verdicts[1]);
  EXPECT_EQ(verdicts[0].unsteady + verdicts[1].unsteady, 0u);
}

TEST(FrameCache, walks_are_the_same_while_modules_come_go_and_are_tagged) {
  build_tables();
  Sampler::install(hit);
  catch_user_signal();
  std::atomic<bool> stop{false};
  std::thread background([&] {
    while (!stop) {
      refresh_and_tag();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  auto verdicts = std::make_unique<Verdict[]>(2);
  std::thread other(sampled_work, &verdicts[0], true);
  std::thread another(sampled_work, &verdicts[1], true);
  other.join();
  another.join();
  stop = true;
  background.join();
  expect_same(verdicts[0]);
  expect_same(verdicts[1]);
}

TEST(FrameCache, stops_where_the_stack_ends_as_without) {
  build_tables();
  learn_stack();
  const Cache cache = make_cache();
  ucontext_t context;
  getcontext(&context);
  const Registers start = read_registers(&context);
  const uint64_t sp = start.r[kStackPointer];
  auto plain = std::make_unique<Stack>(), cached = std::make_unique<Stack>();
  take(*cached, start, cache.get());
  EXPECT_EQ(cached->walk.end, End::kRoot);
  for (uint64_t high = sp + 8; high < std::min(sp + 4000, this_stack.high); high += 8) {
    take(*plain, start, nullptr, {sp, high});
    take(*cached, start, cache.get(), {sp, high});
    EXPECT_TRUE(*plain == *cached) << high - sp;
  }
}

// --- what may change under a warm cache ---

// A library that calls back, with a frame of a size that only its own table knows.
class Library {
 public:
  explicit Library(const char *path) : handle_(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_) call_ = reinterpret_cast<Call>(dlsym(handle_, "call_from_here"));
  }
  ~Library() { close(); }
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;
  void close() {
    if (handle_) dlclose(handle_);
    handle_ = nullptr;
  }
  const void *code() const { return reinterpret_cast<const void *>(call_); }
  void call(void (*back)(void *), void *argument) const { call_(back, argument); }

 private:
  using Call = void (*)(void (*)(void *), void *);
  void *handle_;
  Call call_ = nullptr;
};

struct Look {
  FrameCache *cache;
  Stack plain, cached, again;
  uint64_t returns_to;
  bool was_known;  // before this look
};

__attribute__((noinline)) void look_around(void *argument) {
  Look &look = *static_cast<Look *>(argument);
  look.returns_to = reinterpret_cast<uint64_t>(__builtin_return_address(0));
  look.was_known = look.cache->find(look.returns_to) != nullptr;
  ucontext_t context;
  getcontext(&context);
  const Registers start = read_registers(&context);
  take(look.plain, start, nullptr);
  take(look.cached, start, look.cache);
  take(look.again, start, look.cache);
}

// Looks from inside the library; both ways must agree, cold and warm.
std::unique_ptr<Look> look_from(const Library &library, FrameCache *cache) {
  auto look = std::make_unique<Look>();
  look->cache = cache;
  library.call(look_around, look.get());
  EXPECT_TRUE(look->cached == look->plain);
  EXPECT_TRUE(look->again == look->plain);
  return look;
}

void request(const Library &library) { ModuleMap::instance().request_table_for(library.code()); }

// Loads the library at `path` where the cache remembers its call, by `refresh` alone. Now and then three callers share
// a place for two and one of them is forgotten: then the library is loaded somewhere else.
std::unique_ptr<Library> load_remembered(const char *path, FrameCache *cache, const std::function<void()> &refresh) {
  for (int tries = 0; tries < 16; tries++) {
    auto library = std::make_unique<Library>(path);
    if (!library->code()) break;
    request(*library);
    refresh();
    look_from(*library, cache);
    if (look_from(*library, cache)->was_known) return library;
    const uint64_t page = reinterpret_cast<uint64_t>(library->code()) & ~uint64_t{4095};
    library.reset();
    mmap(reinterpret_cast<void *>(page), 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  return nullptr;
}

// The second is loaded where the first was, by luck nearly every time.
void replace_under(FrameCache *cache, const char *first, const char *second, bool refresh_between, uint32_t *replaced) {
  const std::unique_ptr<Library> old = load_remembered(first, cache, refresh_and_tag);
  ASSERT_TRUE(old);
  const void *place = old->code();
  const auto before = look_from(*old, cache);
  EXPECT_EQ(before->plain.walk.end, End::kRoot);
  old->close();
  if (refresh_between) refresh_and_tag();
  const Library fresh(second);
  ASSERT_TRUE(fresh.code()) << dlerror();
  request(fresh);
  refresh_and_tag();
  const auto after = look_from(fresh, cache);
  EXPECT_EQ(after->plain.walk.end, End::kRoot);
  if (fresh.code() != place) return;
  EXPECT_EQ(after->returns_to, before->returns_to);
  EXPECT_NE(after->plain.frames[1], before->plain.frames[1]) << "another module, another tag";
  ++*replaced;
}

TEST(FrameCache, a_module_at_the_place_of_another_is_walked_by_its_own_table) {
  build_tables();
  learn_stack();
  const Cache cache = make_cache();
  uint32_t replaced = 0;
  for (int round = 0; round < 8; round++)
    replace_under(cache.get(), round % 2 ? SMALL_FRAME : LARGE_FRAME, round % 2 ? LARGE_FRAME : SMALL_FRAME,
                  round % 4 < 2, &replaced);
  EXPECT_GE(replaced, 4u);
}

TEST(FrameCache, a_tag_given_later_appears_in_frames_already_known) {
  build_tables();
  learn_stack();
  const Cache cache = make_cache();
  const auto library = load_remembered(SMALL_FRAME, cache.get(), [] { ModuleMap::instance().refresh(); });
  ASSERT_TRUE(library);
  EXPECT_EQ(frame_tag(look_from(*library, cache.get())->cached.frames[1]), 0u);
  refresh_and_tag();
  const auto tagged_now = look_from(*library, cache.get());
  EXPECT_EQ(frame_tag(tagged_now->cached.frames[1]), tagged().size() - 1);
}

TEST(FrameCache, a_table_built_after_it_was_missed_is_used) {
  build_tables();
  learn_stack();
  const Cache cache = make_cache();
  const Library library(SMALL_FRAME);
  ASSERT_TRUE(library.code()) << dlerror();
  refresh_and_tag();
  EXPECT_EQ(look_from(library, cache.get())->cached.walk.end, End::kNoTable);
  EXPECT_EQ(look_from(library, cache.get())->cached.walk.end, End::kNoTable);
  EXPECT_TRUE(ModuleMap::instance().wants_refresh());
  refresh_and_tag();
  EXPECT_EQ(look_from(library, cache.get())->cached.walk.end, End::kRoot);
}

// Runs `work` in a forked child, whose expectations count too. What it does to the module map stays there.
void in_child(const std::function<void()> &work) {
  fflush(stdout);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    fflush(stdout);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(FrameCache, a_module_excluded_later_is_no_longer_shown) {
  build_tables();
  learn_stack();
  in_child([] {
    const Cache cache = make_cache();
    const std::unique_ptr<Library> library = load_remembered(SMALL_FRAME, cache.get(), refresh_and_tag);
    ASSERT_TRUE(library);
    const auto before = look_from(*library, cache.get());
    ModuleMap::instance().exclude(library->code());
    refresh_and_tag();
    const auto after = look_from(*library, cache.get());
    EXPECT_EQ(after->cached.walk.end, End::kRoot);
    EXPECT_EQ(after->cached.walk.depth + 1, before->cached.walk.depth);
    EXPECT_EQ(after->cached.frames[1], before->cached.frames[2]);
  });
}

uint64_t generation() { return shared.snapshot.load()->generation.load(); }

// A child numbers modules its own way. It takes up its parent's cache at every step of its map until it has left its
// parent's generation behind, so also at the one that, were they counted afresh, would be that of the cache.
class Child {
 public:
  Child(const Library &library, FrameCache *cache) : library_(library), cache_(cache), parents_(*cache) {}
  std::unique_ptr<Look> look() {
    *cache_ = parents_;
    auto look = look_from(library_, cache_);
    EXPECT_TRUE(look->was_known);
    return look;
  }
  void refresh() {
    ModuleMap::instance().refresh();
    look();
    ModuleMap::instance().tag_new(
        [](void *user, const ModuleInfo &) {
          auto &child = *static_cast<Child *>(user);
          child.look();
          return ++child.tags_;
        },
        this);
    look();
  }

 private:
  const Library &library_;
  FrameCache *cache_;
  const FrameCache parents_;
  uint32_t tags_ = 100000;
};

TEST(FrameCache, a_forked_child_uses_nothing_of_its_parent) {
  build_tables();
  learn_stack();
  const Cache cache = make_cache();
  const std::unique_ptr<Library> library = load_remembered(SMALL_FRAME, cache.get(), refresh_and_tag);
  ASSERT_TRUE(library);
  const uint64_t parents = generation();
  in_child([&] {
    ModuleMap::start_afresh();
    ModuleMap::instance().request_core();
    ModuleMap::instance().request_table_for(reinterpret_cast<const void *>(&look_around));
    request(*library);
    Child child(*library, cache.get());
    for (int step = 0; step == 0 || (generation() <= parents && step < 1000); step++) {
      std::unique_ptr<Library> other;  // comes and goes
      if (step % 2 == 0) other = std::make_unique<Library>(LARGE_FRAME);
      child.refresh();
    }
    EXPECT_GT(generation(), parents);
    const auto last = child.look();
    EXPECT_GT(frame_tag(last->cached.frames[1]), 100000u);
    EXPECT_EQ(last->cached.walk.end, End::kRoot);
  });
}

}  // namespace
}  // namespace pyro::unwind::test
