// Are GStreamer's static functions called after what they do, and by a name only where there is no doubt?
// SPDX-License-Identifier: MPL-2.0
#include "pads/learning/roles.h"

#include <dlfcn.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "pads/learning/pad-registers.h"

namespace pyro::pads {
namespace {

const void *at(uintptr_t address) { return reinterpret_cast<const void *>(address); }

std::map<const void *, std::string> roles_of(const RoleObserver &observer) {
  NamedRole roles[RoleObserver::kMostFunctions];
  std::map<const void *, std::string> named;
  for (uint32_t i = observer.roles(roles, RoleObserver::kMostFunctions); i > 0; i--)
    named[roles[i - 1].function] = roles[i - 1].name;
  return named;
}

TEST(Roles, TheOnlyFunctionOfARoleHasItsNameInGStreamersSources) {
  RoleObserver observer;
  observer.note(at(1), Route::kData, true);
  observer.note(at(2), Route::kData, false);
  observer.note(at(1), Route::kListApart, true);
  observer.note(at(3), Route::kListApart, false);
  observer.note(at(1), Route::kListApart, false);  // further out again
  observer.note(at(2), Route::kListApart, false);
  const std::map<const void *, std::string> expected{
      {at(1), "gst_pad_chain_data_unchecked"}, {at(2), "gst_pad_push_data"}, {at(3), "gst_pad_chain_list_default"}};
  EXPECT_EQ(roles_of(observer), expected);
}

TEST(Roles, SeveralFunctionsOfARoleAreCalledAfterIt) {
  RoleObserver observer;
  observer.note(at(1), Route::kData, true);
  observer.note(at(2), Route::kData, true);  // the compiler copied the function into its callers
  observer.note(at(3), Route::kQuery, true);
  const std::map<const void *, std::string> expected{
      {at(1), "[calls chain functions]"}, {at(2), "[calls chain functions]"}, {at(3), "[calls query functions]"}};
  EXPECT_EQ(roles_of(observer), expected);
}

// gst_pad_push_data of such a build is not to be called after what it has swallowed.
TEST(Roles, WhereAFunctionWasCompiledIntoOneWithASymbolTheOtherThatHasItIsCalledAfterItsRole) {
  RoleObserver observer;
  observer.note(reinterpret_cast<const void *>(gst_pad_chain), Route::kData, true);
  observer.note(at(1), Route::kData, true);
  const std::map<const void *, std::string> expected{{at(1), "[calls chain functions]"}};
  EXPECT_EQ(roles_of(observer), expected);
}

TEST(Roles, AFunctionWithASymbolHasNone) {
  RoleObserver observer;
  observer.note(reinterpret_cast<const void *>(gst_pad_push), Route::kData, false);
  EXPECT_TRUE(roles_of(observer).empty());
}

TEST(Roles, MoreFunctionsThanThereIsRoomForAreLeftOut) {
  RoleObserver observer;
  for (uintptr_t i = 0; i < 2 * RoleObserver::kMostFunctions; i++) observer.note(at(16 + i), Route::kData, true);
  EXPECT_EQ(roles_of(observer).size(), RoleObserver::kMostFunctions);
}

const void *module_of(const void *address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 ? info.dli_fbase : nullptr;
}

// As this library was built: whatever was inlined into what, each function has one role, and lies in the library.
TEST(Roles, GStreamersOwnFunctionsAreFoundByTheTrials) {
  gst_init(nullptr, nullptr);
  const LearnedSlots learned = learn_slots();
  ASSERT_EQ(learned.why, nullptr);
  std::set<const void *> functions;
  std::set<std::string> names;
  for (uint32_t i = 0; i < learned.role_count; i++) {
    const auto &[function, name] = learned.role[i];
    EXPECT_EQ(module_of(function), module_of(reinterpret_cast<const void *>(gst_pad_push))) << name;
    EXPECT_TRUE(functions.insert(function).second) << name;
    names.insert(name);
  }
  EXPECT_EQ(names.count("gst_pad_chain_data_unchecked") + names.count("[calls chain functions]"), 1u);
  EXPECT_EQ(names.count("gst_task_func"), 1u);
}

// A pool of a type of its own is given the very function that runs tasks.
gpointer note_function(GstTaskPool *pool, GstTaskPoolFunction function, gpointer, GError **) {
  g_object_set_data(G_OBJECT(pool), "function", reinterpret_cast<gpointer>(function));
  return nullptr;
}

TEST(Roles, TheFunctionThatRunsTasksIsTheOneThatPoolsAreGiven) {
  gst_init(nullptr, nullptr);
  const GTypeInfo info{sizeof(GstTaskPoolClass),
                       nullptr,
                       nullptr,
                       [](gpointer klass, gpointer) { GST_TASK_POOL_CLASS(klass)->push = note_function; },
                       nullptr,
                       nullptr,
                       sizeof(GstTaskPool),
                       0,
                       nullptr,
                       nullptr};
  const GType type = g_type_register_static(GST_TYPE_TASK_POOL, "PyroTestRolePool", &info, GTypeFlags(0));
  auto *pool = static_cast<GstTaskPool *>(gst_object_ref_sink(g_object_new(type, nullptr)));
  GstTask *task = gst_task_new([](gpointer) {}, nullptr, nullptr);
  GRecMutex lock;
  g_rec_mutex_init(&lock);
  gst_task_set_lock(task, &lock);
  gst_task_set_pool(task, pool);
  gst_task_start(task);
  const void *given = g_object_get_data(G_OBJECT(pool), "function");
  const LearnedSlots learned = learn_slots();
  const void *named = nullptr;
  for (uint32_t i = 0; i < learned.role_count; i++)
    if (std::string(learned.role[i].name) == "gst_task_func") named = learned.role[i].function;
  EXPECT_NE(given, nullptr);
  EXPECT_EQ(named, given);
  // Its function never ran: what waits for its end would wait for ever.
  GST_TASK_STATE(task) = GST_TASK_STOPPED;
  task->running = FALSE;
  gst_object_unref(task);
  gst_object_unref(pool);
  g_rec_mutex_clear(&lock);
}

TEST(Roles, WhoRunsAThreadIsAskedInOneOfGLibs) {
  gst_init(nullptr, nullptr);
  gst_object_unref(gst_task_new([](gpointer) {}, nullptr, nullptr));  // the first one makes the pool of all
  NamedRole roles[8];
  const uint32_t found = learn_thread_roles(roles, 8);
  std::map<std::string, const void *> named;
  for (uint32_t i = 0; i < found; i++) named[roles[i].name] = roles[i].function;
  EXPECT_EQ(module_of(named["[runs a pool's task]"]), module_of(reinterpret_cast<const void *>(gst_pad_push)));
  for (const char *name : {"g_thread_pool_thread_proxy", "g_thread_proxy"})
    EXPECT_EQ(module_of(named[name]), module_of(reinterpret_cast<const void *>(g_thread_pool_new))) << name;
#if defined(__GLIBC__)
  EXPECT_EQ(module_of(named["start_thread"]), module_of(reinterpret_cast<const void *>(pthread_create)));
#endif
  NamedRole one[1];
  EXPECT_EQ(learn_thread_roles(one, 1), 1u);
}

}  // namespace
}  // namespace pyro::pads
