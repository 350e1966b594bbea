// How are those classes made?
// SPDX-License-Identifier: MPL-2.0
#include "made-types.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

namespace pyro::pads::test {
namespace {

GstFlowReturn take(GstPad *, GstObject *, GstBuffer *buffer) {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

GstFlowReturn take_twin(GstPad *, GstObject *, GstBuffer *buffer) {
  gst_buffer_unref(buffer);
  return GST_FLOW_ERROR;
}

void add_pad(GstElement *element, const char *name, GstPadChainFunction chain, GstPadEventFunction event) {
  GstPad *pad = gst_pad_new(name, GST_PAD_SINK);
  gst_pad_set_chain_function(pad, chain);
  if (event) gst_pad_set_event_function(pad, event);
  gst_element_add_pad(element, pad);
}

void add_sink(GTypeInstance *instance, gpointer klass) {
  // Once, in the class that is made: each class of the chain runs this.
  if (G_TYPE_FROM_CLASS(klass) == G_TYPE_FROM_INSTANCE(instance)) add_pad(GST_ELEMENT(instance), "sink", take, nullptr);
}

template <typename Class, void (*fill)(Class *)>
GTypeInfo info_of(guint instance_size, GInstanceInitFunc init = add_sink) {
  const GClassInitFunc fill_class = [](gpointer klass, gpointer) { fill(static_cast<Class *>(klass)); };
  return {sizeof(Class), nullptr, nullptr, fill_class, nullptr, nullptr, static_cast<guint16>(instance_size), 0,
          init,          nullptr};
}

template <typename Class, void (*fill)(Class *)>
GType made(const char *name, GType parent, GInstanceInitFunc init = add_sink) {
  GTypeQuery query;
  g_type_query(parent, &query);
  const GTypeInfo info = info_of<Class, fill>(query.instance_size, init);
  return g_type_register_static(parent, name, &info, static_cast<GTypeFlags>(0));
}

GstStateChangeReturn change_state(GstElement *element, GstStateChange change) {
  auto *parent = static_cast<GstElementClass *>(g_type_class_peek(GST_TYPE_ELEMENT));
  return parent->change_state(element, change);
}
int base_work() { return 1; }
int middle_rest() { return 2; }
int last_work() { return 3; }
void finalize(GObject *object) { static_cast<GObjectClass *>(g_type_class_peek(GST_TYPE_ELEMENT))->finalize(object); }
gboolean query(GstElement *, GstQuery *) { return FALSE; }
gboolean send_event(GstElement *, GstEvent *event) {
  gst_event_unref(event);
  return FALSE;
}
gboolean left_event(GstPad *pad, GstObject *parent, GstEvent *event) {
  return gst_pad_event_default(pad, parent, event);
}
gboolean right_event(GstPad *, GstObject *, GstEvent *event) {
  gst_event_unref(event);
  return TRUE;
}

void fill_base(BaseClass *klass) {
  klass->parent.change_state = change_state;
  klass->number = 12345;
  klass->work = base_work;
}
void fill_middle(MiddleClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
  klass->rest = middle_rest;
}
void fill_last(MiddleClass *klass) { klass->parent.work = last_work; }

// Code of this program that is no callback of another type: what is looked at is where it lies.
void fill_many(ManyClass *klass) {
  for (size_t i = 0; i < kManySlots; i++)
    klass->slot[i] = reinterpret_cast<char *>(&testing::UnitTest::GetInstance) + i;
}
void fill_left(GstElementClass *klass) {
  klass->query = query;
  klass->send_event = send_event;
}
void fill_right(GstElementClass *klass) {
  klass->query = query;
  klass->set_context = reinterpret_cast<void (*)(GstElement *, GstContext *)>(reinterpret_cast<void (*)()>(send_event));
}
void add_twins(GTypeInstance *instance, gpointer) {
  add_pad(GST_ELEMENT(instance), "left", take_twin, left_event);
  add_pad(GST_ELEMENT(instance), "right", take_twin, right_event);
}
void fill_nothing(GstElementClass *) {}

GstStateChangeReturn hold_state(GstElement *element, GstStateChange change) {
  return static_cast<GstElementClass *>(g_type_class_peek(GST_TYPE_BIN))->change_state(element, change);
}
void fill_holder(GstBinClass *klass) { GST_ELEMENT_CLASS(klass)->change_state = hold_state; }

int dynamic_work() { return 4; }
int below_work() { return 5; }
int below_rest() { return 6; }
GstStateChangeReturn dynamic_state(GstElement *element, GstStateChange change) {
  return static_cast<GstElementClass *>(g_type_class_peek(GST_TYPE_ELEMENT))->change_state(element, change);
}
void below_finalize(GObject *object) {
  static_cast<GObjectClass *>(g_type_class_peek(GST_TYPE_ELEMENT))->finalize(object);
}
void fill_dynamic(DynamicClass *klass) {
  klass->parent.change_state = dynamic_state;
  klass->work = dynamic_work;
}
void fill_below(BelowClass *klass) {
  klass->parent.work = below_work;
  G_OBJECT_CLASS(klass)->finalize = below_finalize;
  klass->rest = below_rest;
}

gboolean load(GTypeModule *module) {
  const GTypeInfo info = info_of<DynamicClass, fill_dynamic>(sizeof(GstElement));
  g_type_module_register_type(module, GST_TYPE_ELEMENT, "TestDynamic", &info, static_cast<GTypeFlags>(0));
  return TRUE;
}

// Never unloaded.
GType registered_by_a_module() {
  const GClassInitFunc fill = [](gpointer klass, gpointer) {
    static_cast<GTypeModuleClass *>(klass)->load = load;
    static_cast<GTypeModuleClass *>(klass)->unload = [](GTypeModule *) {};
  };
  const GTypeInfo info{sizeof(GTypeModuleClass), nullptr, nullptr, fill,   nullptr, nullptr,
                       sizeof(GTypeModule),      0,       nullptr, nullptr};
  const GType type = g_type_register_static(G_TYPE_TYPE_MODULE, "TestTypeModule", &info, static_cast<GTypeFlags>(0));
  g_type_module_use(G_TYPE_MODULE(g_object_new(type, nullptr)));
  return g_type_from_name("TestDynamic");
}

void fill_interpreted(GstElementClass *klass) {
  gpointer code = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  klass->change_state = reinterpret_cast<GstStateChangeReturn (*)(GstElement *, GstStateChange)>(code);
  // As an interpreter's binding has one function for all its classes.
  G_OBJECT_CLASS(klass)->set_property = reinterpret_cast<void (*)(GObject *, guint, const GValue *, GParamSpec *)>(
      dlsym(RTLD_DEFAULT, "g_object_set_property"));
}

}  // namespace

GType base_type() {
  static const GType type = made<BaseClass, fill_base>("TestBase", GST_TYPE_ELEMENT);
  return type;
}
GType middle_type() {
  static const GType type = made<MiddleClass, fill_middle>("TestMiddle", base_type());
  return type;
}
GType last_type() {
  static const GType type = made<MiddleClass, fill_last>("TestLast", middle_type());
  return type;
}
GType many_type() {
  static const GType type = made<ManyClass, fill_many>("TestMany", GST_TYPE_ELEMENT);
  return type;
}
GType left_type() {
  static const GType type = made<GstElementClass, fill_left>("TestLeft", GST_TYPE_ELEMENT);
  return type;
}
GType right_type() {
  static const GType type = made<GstElementClass, fill_right>("TestRight", GST_TYPE_ELEMENT);
  return type;
}
GType twin_pads_type() {
  static const GType type = made<GstElementClass, fill_nothing>("TestTwinPads", GST_TYPE_ELEMENT, add_twins);
  return type;
}
GType holder_type() {
  static const GType type = made<GstBinClass, fill_holder>("TestHolder", GST_TYPE_BIN, nullptr);
  return type;
}
GType dynamic_type() {
  static const GType type = registered_by_a_module();
  return type;
}
GType below_type() {
  static const GTypeInfo info = info_of<BelowClass, fill_below>(sizeof(GstElement));
  static const GType type = g_type_register_static(dynamic_type(), "TestBelow", &info, static_cast<GTypeFlags>(0));
  return type;
}
GType interpreted_type() {
  static const GType type = made<GstElementClass, fill_interpreted>("TestInterpreted", GST_TYPE_ELEMENT);
  return type;
}

}  // namespace pyro::pads::test
