// Is each callback of a class, an interface or a pad called what GObject and GStreamer call it?
// SPDX-License-Identifier: MPL-2.0
#include "pads/names/function-names.h"

#include <gst/base/base.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <ctime>
#include <set>
#include <thread>

#include "made-types.h"
#include "named-functions.h"
#include "pads/names/class-reading.h"
#include "pads/wrap/wrap.h"

namespace pyro::pads::test {
namespace {

const Owner owner{[] {},
                  [](PadState &, Kind) {},
                  [](PadState &) {},
                  [](PadState &) {},
                  [](PadState &, uint32_t) {},
                  [](GstPad *) -> uint32_t { return 1; },
                  [](gpointer const *, guint) {},
                  [](PadState &) {}};

// There are wrappers, but nothing is noted before a test says so.
class NamesOfFunctions : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    prepare_wrapping(owner);
  }
};

struct Parsed {
  explicit Parsed(const std::string &description) {
    GError *error = nullptr;
    pipeline = gst_parse_launch(description.c_str(), &error);
    if (error) ADD_FAILURE() << description << ": " << error->message;
    g_clear_error(&error);
  }
  ~Parsed() {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
  GstElement *element(const char *name) const {
    GstElement *found = gst_bin_get_by_name(GST_BIN(pipeline), name);
    gst_object_unref(found);
    return found;
  }
  void play() const {
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    EXPECT_EQ(gst_element_get_state(pipeline, nullptr, nullptr, 20 * GST_SECOND), GST_STATE_CHANGE_SUCCESS);
  }
  std::vector<GstElement *> elements() const {
    std::vector<GstElement *> all;
    for (GList *item = GST_BIN_CHILDREN(pipeline); item; item = item->next) all.push_back(GST_ELEMENT(item->data));
    return all;
  }
  void note() const {
    for (GstElement *element : elements()) note_pads_of(element);
  }
  GstElement *pipeline;
};

template <typename Class>
Class *class_of(gpointer object) {
  return reinterpret_cast<Class *>(G_OBJECT_GET_CLASS(object));
}

GstPad *pad_of(GstElement *element, const char *name) {
  GstPad *pad = gst_element_get_static_pad(element, name);
  if (pad) gst_object_unref(pad);
  return pad;
}

const char kKnown[] =
    "videotestsrc name=source ! identity name=identity ! tee name=tee ! queue name=queue ! fakesink name=sink "
    "tee. ! queue name=second ! fakesink name=other";

TEST_F(NamesOfFunctions, CallbacksOfKnownElementsHaveTheNamesThatTheirClassesGiveThem) {
  const Parsed known(kKnown);
  known.note();
  GstElement *source = known.element("source"), *identity = known.element("identity"), *queue = known.element("queue");
  EXPECT_EQ(name_of(class_of<GstPushSrcClass>(source)->fill), "GstVideoTestSrc::fill");
  EXPECT_EQ(name_of(class_of<GstBaseSrcClass>(source)->set_caps), "GstVideoTestSrc::set_caps");
  EXPECT_EQ(name_of(class_of<GstBaseSrcClass>(source)->create), "GstPushSrc::create") << "a base class's own";
  EXPECT_EQ(name_of(class_of<GObjectClass>(source)->set_property), "GstVideoTestSrc::set_property");
  EXPECT_EQ(name_of(class_of<GstBaseTransformClass>(identity)->transform_ip), "GstIdentity::transform_ip");
  EXPECT_EQ(name_of(class_of<GstElementClass>(known.pipeline)->change_state), "GstPipeline::change_state")
      << "the pipeline around it is met too";
  EXPECT_EQ(name_of(class_of<GObjectClass>(queue)->finalize), "GstQueue::finalize");
}

TEST_F(NamesOfFunctions, ABinThatComesAroundAnElementAfterItsPadsWereLinkedIsMetToo) {
  const Made base(base_type());
  note_pads_of(base.element);
  GstElement *bin = GST_ELEMENT(gst_object_ref_sink(g_object_new(holder_type(), nullptr)));
  gst_bin_add(GST_BIN(bin), base.element);
  note_pads_of(base.element);
  EXPECT_EQ(name_of(class_of<GstElementClass>(bin)->change_state), "TestHolder::change_state");
  gst_object_unref(bin);
}

TEST_F(NamesOfFunctions, PadsFunctionsAreCalledByElementPadAndUse) {
  const Parsed known(kKnown);
  known.play();
  known.note();
  GstPad *sink = pad_of(known.element("queue"), "sink"), *src = pad_of(known.element("queue"), "src");
  EXPECT_EQ(name_of(GST_PAD_CHAINFUNC(sink)), "GstQueue sink chain");
  EXPECT_EQ(name_of(GST_PAD_QUERYFUNC(sink)), "GstQueue sink query");
  EXPECT_EQ(name_of(GST_PAD_ACTIVATEMODEFUNC(src)), "GstQueue src activatemode");
  EXPECT_EQ(name_of(GST_PAD_TASK(src)->func), "GstQueue src loop");
  EXPECT_EQ(name_of(GST_PAD_TASK(pad_of(known.element("source"), "src"))->func), "GstBaseSrc src loop")
      << "the class that makes the pads, not one that derives from it";
  EXPECT_EQ(name_of(GST_PAD_CHAINFUNC(pad_of(known.element("identity"), "sink"))), "GstBaseTransform sink chain");
  EXPECT_EQ(name_of(GST_PAD_ACTIVATEMODEFUNC(pad_of(known.element("tee"), "src_0"))), "GstTee src_%u activatemode");
  EXPECT_EQ(name_of(GST_PAD_CHAINLISTFUNC(pad_of(known.element("identity"), "sink"))), "GstPad chainlist")
      << "what a pad has without its element";
}

// Of each class of the table in the chain of these elements, each callback, read through the header.
TEST_F(NamesOfFunctions, NoneDiffersFromTheFieldThatTheHeaderHas) {
  const Parsed known(kKnown);
  known.note();
  Reader reader;
  reader.read_on();
  uint32_t compared = 0, differ = 0;
  for (GstElement *element : known.elements())
    for (const ClassLevel &level : levels_of(G_OBJECT_GET_CLASS(element))) {
      if (!level.type.layout) continue;
      std::map<gpointer, std::set<std::string>> fields;  // a function may be in several
      const char *slots = level.type.layout->slots;
      for (ClassSlot slot; next_slot(slots, slot);)
        fields[G_STRUCT_MEMBER(gpointer, G_OBJECT_GET_CLASS(element), slot.offset)].insert(std::string(slot.name));
      fields.erase(nullptr);
      for (const auto &[function, names] : fields) {
        const std::string name = reader.of(function);
        const size_t at = name.find("::");
        compared++;
        if (at != std::string::npos ? names.count(name.substr(at + 2)) > 0 : name.empty()) continue;
        differ++;
        ADD_FAILURE() << level.type.name << "::" << *names.begin() << " is called " << name;
      }
    }
  std::printf("%u callbacks of known elements compared, %u differ\n", compared, differ);
  EXPECT_GT(compared, 100u);
}

TEST_F(NamesOfFunctions, WhatStandsBehindOurWrapperIsNamedAndTheWrapperIsNot) {
  const Parsed known("fakesink name=sink");
  GstPad *pad = pad_of(known.pipeline, "sink");
  const auto chain = GST_PAD_CHAINFUNC(pad);
  wrap_pad(*ensure(pad));
  ASSERT_NE(GST_PAD_CHAINFUNC(pad), chain);
  note_functions_of(pad);
  EXPECT_EQ(name_of(chain), "GstBaseSink sink chain");
  EXPECT_EQ(name_of(GST_PAD_CHAINFUNC(pad)), "");
}

TEST_F(NamesOfFunctions, ASubclassOfASubclassOwnsWhatItOverridesAndNothingElse) {
  const Made base(base_type()), middle(middle_type()), last(last_type());
  for (const Made *made : {&base, &middle, &last}) note_pads_of(made->element);
  EXPECT_EQ(name_of(class_of<GstElementClass>(base.element)->change_state), "TestBase::change_state");
  EXPECT_EQ(class_of<GstElementClass>(middle.element)->change_state,
            class_of<GstElementClass>(base.element)->change_state);
  EXPECT_EQ(name_of(class_of<BaseClass>(base.element)->work), "TestBase::vfunc 2") << "the word before is data";
  EXPECT_EQ(name_of(class_of<BaseClass>(last.element)->work), "TestLast::vfunc 2 of TestBase");
  EXPECT_EQ(name_of(class_of<MiddleClass>(last.element)->rest), "TestMiddle::vfunc 1");
  EXPECT_EQ(name_of(class_of<GObjectClass>(last.element)->finalize), "TestMiddle::finalize");
}

TEST_F(NamesOfFunctions, CallbacksOfInterfacesHaveTheNamesThatTheInterfacesGiveThem) {
  const Parsed known("filesrc name=file location=/dev/null ! fakesink");
  known.note();
  const auto *file = static_cast<GstURIHandlerInterface *>(
      g_type_interface_peek(G_OBJECT_GET_CLASS(known.element("file")), GST_TYPE_URI_HANDLER));
  const auto *bin = static_cast<GstChildProxyInterface *>(
      g_type_interface_peek(G_OBJECT_GET_CLASS(known.pipeline), GST_TYPE_CHILD_PROXY));
  EXPECT_EQ(name_of(file->set_uri), "GstFileSrc::set_uri");
  EXPECT_EQ(name_of(bin->get_child_by_index), "GstBin::get_child_by_index");
  EXPECT_EQ(name_of(bin->get_child_by_name), "GstChildProxy::get_child_by_name") << "what the interface itself brings";
}

// GObject tells nobody how large the class of such a type is, so nobody knows where its own callbacks are.
TEST_F(NamesOfFunctions, OfATypeThatAModuleBringsTheOwnCallbacksHaveNoNameAndThoseOfItsBaseClassesHaveOne) {
  const Made dynamic(dynamic_type()), below(below_type());
  for (const Made *made : {&dynamic, &below}) note_pads_of(made->element);
  Reader reader;
  reader.read_on();
  EXPECT_EQ(reader.of(class_of<GstElementClass>(dynamic.element)->change_state), "TestDynamic::change_state");
  EXPECT_EQ(reader.of(class_of<GObjectClass>(below.element)->finalize), "TestBelow::finalize");
  EXPECT_EQ(reader.of(class_of<DynamicClass>(dynamic.element)->work), "");
  EXPECT_EQ(reader.of(class_of<DynamicClass>(below.element)->work), "");
  EXPECT_EQ(reader.of(class_of<BelowClass>(below.element)->rest), "");
}

TEST_F(NamesOfFunctions, AClassWithThreeHundredSlotsHasANameForEach) {
  const Made many(many_type());
  note_pads_of(many.element);
  Reader reader;
  reader.read_on();
  for (size_t i = 0; i < kManySlots; i++)
    ASSERT_EQ(reader.of(class_of<ManyClass>(many.element)->slot[i]), "TestMany::vfunc " + std::to_string(i + 1));
}

TEST_F(NamesOfFunctions, AFunctionOfTwoSiblingsIsThatOfTheClassThatDeclaresIt) {
  const Made left(left_type());
  note_pads_of(left.element);
  Reader reader;
  reader.read_on();
  const auto shared = class_of<GstElementClass>(left.element)->query;
  const auto twice = class_of<GstElementClass>(left.element)->send_event;
  EXPECT_EQ(reader.of(shared), "TestLeft::query");
  EXPECT_EQ(reader.of(twice), "TestLeft::send_event");
  const Made right(right_type());
  note_pads_of(right.element);
  EXPECT_GT(reader.read_on(), 0u);
  EXPECT_EQ(reader.of(shared), "GstElement::query");
  EXPECT_EQ(reader.of(twice), "") << "another callback there: the name is taken away";
}

TEST_F(NamesOfFunctions, TwoPadsOfOneElementShareAFunctionWithoutTheirNames) {
  const Made box(twin_pads_type());
  note_pads_of(box.element);
  EXPECT_EQ(name_of(GST_PAD_CHAINFUNC(pad_of(box.element, "left"))), "TestTwinPads chain");
  EXPECT_EQ(name_of(GST_PAD_EVENTFUNC(pad_of(box.element, "left"))), "TestTwinPads left event");
}

// Names do not depend on the order in which elements come.
TEST_F(NamesOfFunctions, ReadInManyPiecesTheyAreThoseThatAreReadAtOnce) {
  const Parsed known(kKnown);
  known.play();
  Reader pieces;
  for (GstElement *element : known.elements()) {
    note_pads_of(element);
    pieces.read_on();
  }
  const Made left(left_type()), right(right_type());
  for (const Made *made : {&right, &left}) {
    note_pads_of(made->element);
    pieces.read_on();
  }
  Reader whole;
  whole.read_on();
  for (auto at = pieces.names.begin(); at != pieces.names.end();)
    at = at->second.empty() && whole.names.count(at->first) == 0 ? pieces.names.erase(at) : std::next(at);
  EXPECT_EQ(pieces.names, whole.names);
  EXPECT_GT(whole.names.size(), 100u);
}

TEST_F(NamesOfFunctions, AClassOfAnInterpreterIsNamedNowhere) {
  const Made made(interpreted_type());
  note_pads_of(made.element);
  Reader reader;
  reader.read_on();
  EXPECT_EQ(reader.of(class_of<GstElementClass>(made.element)->change_state), "") << "code of no file";
  EXPECT_EQ(reader.of(class_of<GObjectClass>(made.element)->set_property), "GObject::set_property")
      << "the interpreter's own function, which all its classes share";
}

// Its class stays, as that of a plugin would that is unloaded by force.
TEST_F(NamesOfFunctions, OfALibraryThatIsUnloadedNothingIsReadAndLoadedAgainItsNameIsItsOwnOrNone) {
  void *library = dlopen(COMING_MODULE, RTLD_NOW);
  ASSERT_TRUE(library) << dlerror();
  {
    const Made made(reinterpret_cast<GType (*)()>(dlsym(library, "coming_type"))());
    note_pads_of(made.element);
  }
  EXPECT_EQ(name_of(dlsym(library, "coming_change_state")), "TestComing::change_state");
  dlclose(library);
  ASSERT_EQ(dlopen(COMING_MODULE, RTLD_NOW | RTLD_NOLOAD), nullptr) << "it is gone";
  Reader reader;
  reader.read_on();
  for (const auto &[place, name] : reader.names) EXPECT_EQ(name.find("TestComing"), std::string::npos) << name;
  library = dlopen(COMING_MODULE, RTLD_NOW);
  const std::string again = name_of(dlsym(library, "coming_change_state"));
  EXPECT_TRUE(again == "TestComing::change_state" || again.empty()) << again;
}

// Unloaded before anybody read what was noted of it, and in a forked child long before: all is told again there.
TEST_F(NamesOfFunctions, WhatWasNotedOfALibraryThatIsGoneNamesNothingInTheOneThatLiesThereNow) {
  void *gone = dlopen(LEAVING_MODULE, RTLD_NOW);
  ASSERT_TRUE(gone) << dlerror();
  const void *function = dlsym(gone, "coming_change_state");
  {
    const Made made(reinterpret_cast<GType (*)()>(dlsym(gone, "coming_type"))());
    note_pads_of(made.element);
  }
  dlclose(gone);
  void *here = dlopen(FOLLOWING_MODULE, RTLD_NOW);
  ASSERT_TRUE(here) << dlerror();
  Dl_info at{};
  if (!dladdr(function, &at) || std::string(at.dli_fname) != FOLLOWING_MODULE) GTEST_SKIP() << "it lies elsewhere";
  EXPECT_EQ(name_of(function), "");
  const Made made(reinterpret_cast<GType (*)()>(dlsym(here, "coming_type"))());
  note_pads_of(made.element);
  const std::string own = name_of(dlsym(here, "coming_change_state"));
  EXPECT_TRUE(own == "TestFollowingInTheSamePlace::change_state" || own.empty()) << own;
}

TEST_F(NamesOfFunctions, ManyThreadsMayMeetOneClassAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++)
    threads.emplace_back([] {
      for (int round = 0; round < 20; round++) {
        const Parsed known("tee name=t ! queue ! fakesink t. ! queue ! fakesink");
        known.note();
      }
    });
  Reader reader;
  for (int i = 0; i < 50; i++) reader.read_on();
  for (std::thread &thread : threads) thread.join();
  reader.read_on();
  const Parsed known("queue name=q ! fakesink");
  EXPECT_EQ(reader.of(GST_PAD_CHAINFUNC(pad_of(known.element("q"), "sink"))), "GstQueue sink chain");
}

uint64_t cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

// A hundred elements of two dozen types, as large applications have them.
std::string hundred_elements() {
  std::string all;
  for (int i = 0; i < 4; i++)
    all +=
        "videotestsrc ! capsfilter ! identity ! videoconvert ! videoscale ! videorate ! queue ! tee ! queue2 ! "
        "valve ! fakesink  audiotestsrc ! audioconvert ! audioresample ! volume ! level ! queue ! opusenc ! "
        "oggmux ! multiqueue ! typefind ! filesink location=/dev/null  fakesrc ! input-selector ! output-selector ! "
        "funnel ! fakesink ";
  return all;
}

TEST_F(NamesOfFunctions, AHundredElementsCostLittle) {
  const Parsed many(hundred_elements()), again(hundred_elements());
  const size_t count = many.elements().size();
  const size_t before = mallinfo2().uordblks;
  FunctionNames names;
  const uint64_t begin = cpu_ns();
  many.note();
  const uint64_t noted = cpu_ns();
  names.take();
  size_t lines = 0, bytes = 0;
  for (const NamedFunction &one : names.update(place_of)) {
    lines++;
    bytes += one.name.size() + sizeof "22 12345 t \n" - 1;
  }
  const uint64_t read = cpu_ns();
  const size_t kept = mallinfo2().uordblks - before;
  const uint64_t second = cpu_ns();
  again.note();
  const uint64_t end = cpu_ns();
  std::printf(
      "%zu elements: %zu names, %zu bytes of lines, %zu bytes kept; CPU time: %.3f ms where they are linked, "
      "%.3f in the background, %.3f for a hundred more of the same types\n",
      count, lines, bytes, kept, static_cast<double>(noted - begin) / 1e6, static_cast<double>(read - noted) / 1e6,
      static_cast<double>(end - second) / 1e6);
  EXPECT_GE(count, 100u);
  EXPECT_LE(kept + bytes, 100u * 1024);
  EXPECT_FALSE(names.take()) << "a type is read once";
}

}  // namespace
}  // namespace pyro::pads::test
