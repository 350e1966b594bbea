// How do records go into a window, and what comes out of it as columns?
// SPDX-License-Identifier: MPL-2.0
#include "addon/sample-window.h"

#include <cstdint>
#include <vector>

#include "addon/napi-helpers.h"
#include "wire/records.h"

namespace pyro::addon {
namespace {

constexpr double kLargestNumber = 9007199254740991;  // up to there a number is exact

// What is no label set's number is none.
profile::LabelSet label_set(double number) {
  return number >= 0 && number <= kLargestNumber ? static_cast<profile::LabelSet>(number) : profile::kOtherLabels;
}

std::vector<profile::LabelSet> label_sets(const Napi::Float64Array &numbers) {
  std::vector<profile::LabelSet> sets(numbers.ElementLength());
  for (size_t i = 0; i < sets.size(); i++) sets[i] = label_set(numbers[i]);
  return sets;
}

bool is_array(const Napi::Value &value, napi_typedarray_type type) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
}

double limit(const Napi::Value &value) { return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1; }

profile::Limits limits_of(const Napi::CallbackInfo &info) {
  const double bytes = limit(info[0]), sets = limit(info[1]);
  if (bytes >= 0 && bytes <= kLargestNumber && sets >= 0 && sets <= UINT32_MAX)
    return {static_cast<uint64_t>(bytes), static_cast<uint32_t>(sets)};
  wrong_type(info.Env(), "SampleWindow needs a number of bytes and of label sets");
  return {0, 0};
}

// A column of one field of the rows.
template <typename T, typename Field>
Napi::TypedArrayOf<T> row_column(Napi::Env env, const std::vector<profile::Row> &rows, Field field) {
  Napi::TypedArrayOf<T> array = Napi::TypedArrayOf<T>::New(env, rows.size());
  for (size_t i = 0; i < rows.size(); i++) array[i] = static_cast<T>(field(rows[i]));
  return array;
}

Napi::Object row_columns(Napi::Env env, const std::vector<profile::Row> &rows) {
  using profile::Row;
  const auto numbers = [&](auto field) { return row_column<double>(env, rows, field); };
  Napi::Object object = Napi::Object::New(env);
  object.Set("labelSet", numbers([](const Row &row) { return row.set; }));
  object.Set("span", row_column<uint64_t>(env, rows, [](const Row &row) { return row.span; }));
  object.Set("wait", row_column<int32_t>(env, rows, [](const Row &row) { return row.wait; }));
  object.Set("stack", numbers([](const Row &row) { return row.stack; }));
  object.Set("depth", row_column<uint32_t>(env, rows, [](const Row &row) { return row.depth; }));
  object.Set("folded",
             row_column<uint8_t>(env, rows, [](const Row &row) { return row.kind == profile::RowKind::kFolded; }));
  object.Set("truncated", row_column<uint8_t>(env, rows, [](const Row &row) { return row.truncated; }));
  object.Set("weightNs", numbers([](const Row &row) { return row.weight_ns; }));
  object.Set("samples", numbers([](const Row &row) { return row.samples; }));
  object.Set("reachedRoot", numbers([](const Row &row) { return row.reached_root; }));
  object.Set("inferred", numbers([](const Row &row) { return row.inferred; }));
  return object;
}

Napi::Object sums_value(Napi::Env env, const profile::Sums &sums) {
  Napi::Uint32Array modules = Napi::Uint32Array::New(env, sums.frames.size());
  Napi::Float64Array offsets = Napi::Float64Array::New(env, sums.frames.size());
  for (size_t i = 0; i < sums.frames.size(); i++) {
    modules[i] = wire::frame_module(sums.frames[i]);
    offsets[i] = static_cast<double>(wire::frame_offset(sums.frames[i]));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("frameModule", modules);
  object.Set("frameOffset", offsets);
  object.Set("stacks", column<Napi::Uint32Array>(env, sums.stacks));
  object.Set("rows", row_columns(env, sums.rows));
  object.Set("samples", number(env, sums.samples));
  object.Set("totalNs", number(env, sums.total_ns));
  object.Set("folded", number(env, sums.folded));
  object.Set("refused", number(env, sums.refused));
  return object;
}

}  // namespace

Napi::Function LabelIndex::define(Napi::Env env) {
  using L = LabelIndex;
  return DefineClass(env, "LabelIndex", {InstanceMethod<&L::look>("look"), InstanceMethod<&L::learn>("learn")});
}

LabelIndex::LabelIndex(const Napi::CallbackInfo &info) : Napi::ObjectWrap<LabelIndex>(info) {}

Napi::Value LabelIndex::look(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!is_array(info[0], napi_uint8_array) || !info[1].IsNumber())
    return wrong_type(env, "look needs records and the version of what is known");
  const auto records = info[0].As<Napi::Uint8Array>();
  const double version = info[1].As<Napi::Number>().DoubleValue();
  index_.look(records.Data(), records.ElementLength(), static_cast<uint64_t>(label_set(version)));
  return column<Napi::Uint32Array>(env, index_.unknown());
}

Napi::Value LabelIndex::learn(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!is_array(info[0], napi_float64_array) || !index_.learn(label_sets(info[0].As<Napi::Float64Array>())))
    return wrong_type(env, "learn needs a number for each combination that look() gave");
  const std::vector<profile::LabelSet> sets = index_.sets();
  Napi::Float64Array numbers = Napi::Float64Array::New(env, sets.size());
  for (size_t i = 0; i < sets.size(); i++) numbers[i] = static_cast<double>(sets[i]);
  return numbers;
}

Napi::Function SampleWindow::define(Napi::Env env) {
  using W = SampleWindow;
  return DefineClass(env, "SampleWindow",
                     {InstanceMethod<&W::add>("add"), InstanceMethod<&W::takes_stacks>("takesStacks"),
                      InstanceMethod<&W::bytes>("bytes"), InstanceMethod<&W::swap>("swap")});
}

SampleWindow::SampleWindow(const Napi::CallbackInfo &info)
    : Napi::ObjectWrap<SampleWindow>(info), window_(limits_of(info)) {}

void SampleWindow::add(const Napi::CallbackInfo &info) {
  if (!is_array(info[0], napi_uint8_array) || !is_array(info[1], napi_float64_array)) {
    wrong_type(info.Env(), "add needs records and the label set of each");
    return;
  }
  const auto records = info[0].As<Napi::Uint8Array>();
  window_.add(records.Data(), records.ElementLength(), label_sets(info[1].As<Napi::Float64Array>()));
}

Napi::Value SampleWindow::takes_stacks(const Napi::CallbackInfo &info) {
  const profile::Detail wanted = info[0].ToBoolean() ? profile::Detail::kStacks : profile::Detail::kOwners;
  return Napi::Boolean::New(info.Env(), window_.takes(wanted) == profile::Detail::kStacks);
}

Napi::Value SampleWindow::bytes(const Napi::CallbackInfo &info) { return number(info.Env(), window_.bytes()); }

Napi::Value SampleWindow::swap(const Napi::CallbackInfo &info) { return sums_value(info.Env(), window_.swap()); }

}  // namespace pyro::addon
