// Do names from the type system reach the directory, at the right addresses, and leave room for everybody else's?
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <link.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <climits>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "pipeline.h"
#include "wire/directory-scan.h"

namespace pyro::test {
namespace {

struct Line {
  std::string module, name;
  uint64_t address;
  char origin;
};

// Of each address the latest line.
std::vector<Line> lines(size_t *bytes = nullptr) {
  std::map<uint32_t, std::string> modules;
  std::map<std::pair<uint32_t, uint64_t>, std::pair<std::string, char>> named;
  std::vector<wire::DirectoryName> all = wire::DirectoryScan().next(own_segment()->directory);
  std::sort(all.begin(), all.end(), [](const auto &a, const auto &b) { return a.id < b.id; });
  for (const wire::DirectoryName &entry : all) {
    if (entry.kind == wire::kEntryModule) modules[entry.id] = entry.texts[0];
    if (entry.kind != wire::kEntryFunctions) continue;
    if (bytes) *bytes += entry.texts[0].size();
    std::istringstream text(entry.texts[0]);
    for (std::string line; std::getline(text, line);) {
      uint32_t module = 0;
      uint64_t address = 0;
      char origin = 0;
      int name = 0;
      EXPECT_EQ(std::sscanf(line.c_str(), "%" SCNx32 " %" SCNx64 " %c%n", &module, &address, &origin, &name), 3)
          << line;
      named[{module, address}] = {line.substr(static_cast<size_t>(name) + 1), origin};
    }
  }
  std::vector<Line> found;
  for (const auto &[place, said] : named)
    found.push_back({modules[place.first], said.first, place.second, said.second});
  return found;
}

std::string line_of(gconstpointer function) {
  Dl_info info;
  link_map *map = nullptr;
  if (!dladdr1(function, &info, reinterpret_cast<void **>(&map), RTLD_DL_LINKMAP)) return "";
  const uint64_t address = reinterpret_cast<uint64_t>(function) - map->l_addr;
  const std::string file = info.dli_fname, base = file.substr(file.rfind('/') + 1);
  for (const Line &line : lines())
    if (line.address == address && line.module.substr(line.module.rfind('/') + 1) == base) return line.name;
  return "";
}

template <typename Function>
std::string line_of(Function *function) {
  return line_of(reinterpret_cast<gconstpointer>(function));
}

template <typename Class>
Class *class_of(gpointer object) {
  return reinterpret_cast<Class *>(G_OBJECT_GET_CLASS(object));
}

// The background thread has ten rounds a second.
bool soon(const std::function<std::string()> &name, const std::string &expected) {
  return eventually([&] { return name() == expected; }, 20) || (ADD_FAILURE() << name() << ", not " << expected, false);
}

TEST(FunctionLines, ClassesAndPadsOfAPipelineHaveTheirNamesAtTheAddressesOfTheirFunctions) {
  // Before the tracer wraps it.
  GstElement *queue = gst_element_factory_make("queue", nullptr);
  GstPad *sink = gst_element_get_static_pad(queue, "sink");
  const auto change_state = class_of<GstElementClass>(queue)->change_state;
  gst_object_unref(sink);
  gst_object_unref(queue);
  Pipeline pipeline("named", "fakesrc name=a ! queue name=q ! identity ! fakesink name=s");
  pipeline.play();
  GstPad *src = gst_element_get_static_pad(pipeline.element("q"), "src");
  const auto loop = [&]() -> GstTaskFunction {
    GST_OBJECT_LOCK(src);
    const GstTaskFunction function = GST_PAD_TASK(src) ? GST_PAD_TASK(src)->func : nullptr;
    GST_OBJECT_UNLOCK(src);
    return function;
  };
  ASSERT_TRUE(eventually([&] { return loop() != nullptr && own_segment(); }));
  soon([&] { return line_of(loop()); }, "GstQueue src loop");
  soon([&] { return line_of(class_of<GObjectClass>(pipeline.element("q"))->set_property); }, "GstQueue::set_property");
  EXPECT_EQ(line_of(GST_PAD_ACTIVATEMODEFUNC(src)), "GstQueue src activatemode");
  EXPECT_EQ(line_of(class_of<GstElementClass>(pipeline.get())->change_state), "GstPipeline::change_state");
  EXPECT_EQ(change_state, class_of<GstElementClass>(pipeline.element("q"))->change_state);
  EXPECT_EQ(counter(wire::kFunctionNamesFull), 0u);
  for (const Line &line : lines()) EXPECT_EQ(line.module.find("gstpyroscope"), std::string::npos) << line.name;
  gst_object_unref(src);
}

// Whichever names are told first: the function of pads without one of their own for lists is known by its role.
TEST(FunctionLines, GStreamersOwnFunctionsAreCalledAfterTheirRole) {
  GstPad *pad = gst_pad_new("sink", GST_PAD_SINK);
  const auto chain_list = GST_PAD_CHAINLISTFUNC(pad);
  gst_object_unref(gst_object_ref_sink(pad));
  Pipeline pipeline("roles", "fakesrc ! queue ! identity ! fakesink");
  pipeline.play();
  ASSERT_TRUE(eventually([] { return own_segment() != nullptr; }));
  soon([&] { return line_of(chain_list); }, "gst_pad_chain_list_default");
  std::set<std::string> roles;
  for (const Line &line : lines())
    if (line.origin == wire::kFromRole) roles.insert(line.name);
  for (const char *name : {"gst_task_func", "[runs a pool's task]", "g_thread_pool_thread_proxy", "g_thread_proxy"})
    EXPECT_EQ(roles.count(name), 1u) << name;
}

GstFlowReturn take(GstPad *, GstObject *, GstBuffer *buffer) {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

// Another process, with an environment of its own, in which one test alone runs.
int run_alone(const char *test, std::initializer_list<std::pair<const char *, const char *>> variables) {
  std::string command = "env";
  for (const auto &[name, value] : variables) command += std::string(" '") + name + "=" + value + "'";
  char self[PATH_MAX] = {};
  EXPECT_GT(readlink("/proc/self/exe", self, sizeof self - 1), 0);
  return std::system((command + " " + self + " --gtest_filter=FunctionLines." + test).c_str());
}

bool has_parameter(const char *parameter) {
  return std::string(g_getenv("GST_TRACERS")).find(parameter) != std::string::npos;
}

TEST(FunctionLines, WithoutWrappersTheTaskOfAPadIsFoundByALook) {
  if (!has_parameter("timing=off")) {
    EXPECT_EQ(run_alone("WithoutWrappersTheTaskOfAPadIsFoundByALook", {{"GST_TRACERS", "pyroscope(timing=off)"}}), 0);
    return;
  }
  Pipeline pipeline("off", "fakesrc name=a sizetype=empty ! queue name=q ! fakesink sync=true");
  pipeline.play();
  GstPad *src = gst_element_get_static_pad(pipeline.element("q"), "src");
  GST_OBJECT_LOCK(src);
  const GstTaskFunction loop = GST_PAD_TASK(src) ? GST_PAD_TASK(src)->func : nullptr;
  GST_OBJECT_UNLOCK(src);
  gst_object_unref(src);
  ASSERT_TRUE(loop);
  ASSERT_TRUE(eventually([] { return own_segment() != nullptr; }));
  soon([&] { return line_of(loop); }, "GstQueue src loop");
}

struct FedBox {
  FedBox() : pipeline("fed", ""), box(new_box("box")) {
    gst_bin_add(GST_BIN(pipeline.get()), box);
    in = box_pad(box, "sink", GST_PAD_SINK, take);
    pipeline.play();
    Feed(in).push(3);
  }
  Pipeline pipeline;
  GstElement *box;
  GstPad *in;
};

TEST(FunctionLines, WhatAPadHadBeforeItWasWrappedIsNamed) {
  const FedBox fed;
  ASSERT_TRUE(own_segment());
  soon([&] { return line_of(take); }, "TestBox sink chain");
  EXPECT_NE(GST_PAD_CHAINFUNC(fed.in), static_cast<GstPadChainFunction>(take));
}

// A child has a directory of its own, and classes that its parent has read.
TEST(FunctionLines, AForkedChildTellsTheNamesAgain) {
  const FedBox parent;
  soon([] { return line_of(take); }, "TestBox sink chain");
  const pid_t child = fork();
  if (child == 0) {
    const FedBox fed;
    _exit(own_segment() && eventually([] { return line_of(take) == "TestBox sink chain"; }, 20) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// What it says of itself: every line in its segment.
const char kPythonElement[] = R"(
import os, re, time, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstBase", "1.0")
from gi.repository import GObject, Gst, GstBase
Gst.init(None)
class OwnFilter(GstBase.BaseTransform):
    level = GObject.Property(type=int, default=1)
    def do_transform_ip(self, buffer): return Gst.FlowReturn.OK
    def do_set_caps(self, incaps, outcaps): return True
OwnFilter.set_metadata("own", "Filter", "a filter of a test", "gst-pyroscope")
for name, direction in (("src", Gst.PadDirection.SRC), ("sink", Gst.PadDirection.SINK)):
    OwnFilter.add_pad_template(Gst.PadTemplate.new(name, direction, Gst.PadPresence.ALWAYS, Gst.Caps.new_any()))
Gst.Element.register(None, "ownfilter", 0, OwnFilter)
pipeline = Gst.parse_launch("fakesrc num-buffers=50 ! ownfilter ! fakesink")
pipeline.set_state(Gst.State.PLAYING)
pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
segment = [f for f in map("/proc/self/fd/{}".format, os.listdir("/proc/self/fd")) if os.path.islink(f) and "gst-pyroscope" in os.readlink(f)][0]
for _ in range(200):
    lines = re.findall(rb"[0-9a-f]+ [0-9a-f]+ t ([ -~]+)\n", open(segment, "rb").read())
    if b"GstFakeSrc::create" in lines: break
    time.sleep(0.1)
print("\n".join(line.decode() for line in lines))
)";

std::string output_of(const std::string &command) {
  std::string all;
  FILE *pipe = popen(command.c_str(), "r");
  for (char piece[4096]; pipe && fgets(piece, sizeof piece, pipe);) all += piece;
  if (pipe) pclose(pipe);
  return all;
}

TEST(FunctionLines, OfAnElementInPythonNothingIsNamedThatIsTheInterpreters) {
  const char *probe = "/usr/bin/python3 -c 'import gi; gi.require_version(\"GstBase\", \"1.0\")' 2>&1";
  if (!output_of(probe).empty()) GTEST_SKIP() << "needs python3-gi and gir1.2-gstreamer-1.0";
  const std::string lines = "\n" + output_of(std::string("/usr/bin/python3 -c '") + kPythonElement + "'");
  const auto has = [&](const std::string &line) { return lines.find("\n" + line + "\n") != std::string::npos; };
  EXPECT_TRUE(has("GstFakeSrc::create")) << lines;
  EXPECT_TRUE(has("GstBaseTransform sink chain")) << "that is in C";
  EXPECT_EQ(lines.find("OwnFilter"), std::string::npos) << lines;
  EXPECT_TRUE(has("GObject::set_property")) << "the binding's function for all classes";
}

constexpr size_t kWords = 1000;
struct WideClass {
  GstElementClass parent;
  gpointer word[kWords];
};

// Words that lie in the code of this program, all of them somewhere else.
void fill_wide(gpointer klass, gpointer number) {
  auto *wide = static_cast<WideClass *>(klass);
  auto *code = reinterpret_cast<char *>(&fill_wide) - GPOINTER_TO_SIZE(number) * kWords;
  for (size_t i = 0; i < kWords; i++) wide->word[i] = code - i;
}

void link_wide(int number) {
  const GTypeInfo info{sizeof(WideClass),  nullptr, nullptr, fill_wide, nullptr, GINT_TO_POINTER(number),
                       sizeof(GstElement), 0,       nullptr, nullptr};
  const std::string name = "TestWideClassWithALongName" + std::to_string(number);
  const GType type = g_type_register_static(GST_TYPE_ELEMENT, name.c_str(), &info, static_cast<GTypeFlags>(0));
  GstElement *element = GST_ELEMENT(gst_object_ref_sink(g_object_new(type, nullptr)));
  GstPad *in = box_pad(element, "sink", GST_PAD_SINK, take);
  { Feed feed(in); }
  gst_object_unref(element);
}

TEST(FunctionLines, TheyTakeAQuarterOfTheDirectoryAtMostAndTheRestIsCounted) {
  Pipeline first("first", "fakesrc num-buffers=5 ! fakesink");
  first.run();
  for (int i = 0; i < 12; i++) link_wide(i);
  ASSERT_TRUE(eventually([] { return counter(wire::kFunctionNamesFull) > 0; }, 30));
  size_t bytes = 0;
  lines(&bytes);
  EXPECT_LE(bytes, 192u * 1024);
  EXPECT_GT(bytes, 150u * 1024);
  Pipeline later("later", "fakesrc num-buffers=5 ! identity name=named-late ! fakesink");
  later.run();
  EXPECT_EQ(hop("later/named-late:sink").buffers, 5u) << "elements have their names as before";
  EXPECT_EQ(counter(wire::kDirectoryFull), 0u);
}

TEST(FunctionLines, WhereElementsHaveHalfOfTheDirectoryFunctionsGetNoMoreNames) {
  Pipeline crowd("crowd", "");
  std::vector<GstPad *> pads;
  for (int i = 0; i < 1300; i++) {
    GstElement *box = new_box(("box-of-a-crowd-" + std::string(60, 'a' + i % 26) + std::to_string(i)).c_str());
    gst_bin_add(GST_BIN(crowd.get()), box);
    pads.push_back(box_pad(box, "sink", GST_PAD_SINK, take));
  }
  crowd.play();
  for (GstPad *pad : pads) Feed(pad).push(1);
  ASSERT_GT(own_segment()->directory.bytes.load(), wire::kDirectoryBytes / 2);
  const uint64_t before = counter(wire::kFunctionNamesFull);
  link_wide(0);
  EXPECT_TRUE(eventually([&] { return counter(wire::kFunctionNamesFull) >= before + 512; }, 30));
  for (const Line &line : lines()) EXPECT_EQ(line.name.find("TestWideClass"), std::string::npos) << line.name;
}

}  // namespace
}  // namespace pyro::test
