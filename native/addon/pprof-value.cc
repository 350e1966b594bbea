// Which property becomes which column of a profile?
// SPDX-License-Identifier: MPL-2.0
#include "addon/pprof-value.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "addon/napi-helpers.h"
#include "profile/pprof.h"

namespace pyro::addon {
namespace {

// Reads properties; what is of a wrong type is noted, and nothing is read of it. A property may be a getter
// that detaches an array which was read before, so where arrays lie is asked for last: take_views().
class Columns {
 public:
  explicit Columns(const Napi::Value &value) : object_(value.IsObject() ? value.As<Napi::Object>() : Napi::Object()) {}

  bool good() const { return good_; }

  // After all properties of all objects: fills the views that were read. They hold until JavaScript runs again.
  void take_views() const {
    for (const Read &one : views_) one.take(one.array, one.to);
  }

  void read(const char *name, profile::View<uint32_t> &to) { view<napi_uint32_array>(name, to); }
  void read(const char *name, profile::View<int32_t> &to) { view<napi_int32_array>(name, to); }
  void read(const char *name, profile::View<uint8_t> &to) { view<napi_uint8_array>(name, to); }
  void read(const char *name, profile::View<uint64_t> &to) { view<napi_biguint64_array>(name, to); }
  void read(const char *name, profile::View<double> &to) { view<napi_float64_array>(name, to); }

  void read(const char *name, std::vector<std::string> &to) {
    const Napi::Value value = get(name);
    good_ = good_ && value.IsArray();
    if (!good_) return;
    const Napi::Array array = value.As<Napi::Array>();
    const uint32_t count = array.Length();
    to.reserve(std::min(count, kMostAtOnce));
    for (uint32_t i = 0; i < count && good_; i++) {
      Napi::HandleScope each(value.Env());
      const Napi::Value text = array[i];
      good_ = text.IsString();
      if (good_) to.push_back(text.As<Napi::String>().Utf8Value());
    }
  }

  void read(const char *name, bool &to) {
    const Napi::Value value = get(name);
    good_ = good_ && value.IsBoolean();
    if (good_) to = value.As<Napi::Boolean>().Value();
  }

  // A whole number, as far as it is exact.
  template <typename T>
  void read(const char *name, T &to, double largest) {
    const Napi::Value value = get(name);
    good_ = good_ && value.IsNumber();
    const double number = good_ ? value.As<Napi::Number>().DoubleValue() : -1;
    good_ = good_ && number >= 0 && number <= largest;
    if (good_) to = static_cast<T>(number);
  }

  void read_time(const char *name, uint64_t &to) {
    const Napi::Value value = get(name);
    good_ = good_ && value.IsBigInt();
    bool lossless;
    if (good_) to = value.As<Napi::BigInt>().Uint64Value(&lossless);
  }

 private:
  // Of an array whose length is only claimed.
  static constexpr uint32_t kMostAtOnce = 4096;
  struct Read {
    Napi::TypedArray array;
    void *to;
    void (*take)(const Napi::TypedArray &array, void *to);
  };

  Napi::Value get(const char *name) {
    good_ = good_ && !object_.IsEmpty();
    return good_ ? object_.Get(name) : Napi::Value();
  }

  template <napi_typedarray_type type, typename T>
  void view(const char *name, profile::View<T> &to) {
    const Napi::Value value = get(name);
    good_ = good_ && value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
    if (!good_) return;
    views_.push_back({value.As<Napi::TypedArray>(), &to, [](const Napi::TypedArray &array, void *into) {
                        const auto numbers = array.As<Napi::TypedArrayOf<T>>();
                        *static_cast<profile::View<T> *>(into) = {numbers.Data(), numbers.ElementLength()};
                      }});
  }

  Napi::Object object_;
  std::vector<Read> views_;
  bool good_ = true;
};

constexpr double kLargestNumber = 9007199254740991;

void read_head(Columns &from, profile::ProfileHead &head) {
  from.read("wall", head.wall);
  from.read_time("timeNanos", head.time_ns);
  from.read("partGapNs", head.part_gap_ns, kLargestNumber);
  from.read("durationNs", head.duration_ns, kLargestNumber);
  from.read("periodNs", head.period_ns, kLargestNumber);
  from.read("markInferred", head.mark_inferred);
  from.read("mostBytes", head.most_bytes, kLargestNumber);
  from.read("mostSamples", head.most_samples, UINT32_MAX);
}

void read_rows(Columns &from, profile::RowColumns &rows) {
  from.read("locationEnd", rows.location_end);
  from.read("labelSet", rows.label_set);
  from.read("span", rows.span);
  from.read("wait", rows.wait);
  from.read("waitedIn", rows.waited_in);
  from.read("weightNs", rows.weight_ns);
  from.read("samples", rows.samples);
  from.read("reachedRoot", rows.reached_root);
  from.read("inferred", rows.inferred);
  from.read("locations", rows.locations);
}

void read_names(Columns &from, profile::NameTables &names) {
  from.read("texts", names.texts);
  from.read("modulePath", names.module_path);
  from.read("moduleBuildId", names.module_build_id);
  from.read("moduleSize", names.module_size);
  from.read("functionName", names.function_name);
  from.read("functionSystemName", names.function_system_name);
  from.read("functionFile", names.function_file);
  from.read("lineFunction", names.line_function);
  from.read("lineNumber", names.line_number);
  from.read("locationModule", names.location_module);
  from.read("locationAddress", names.location_address);
  from.read("locationLineEnd", names.location_line_end);
  from.read("locationNamedBy", names.location_named_by);
  from.read("labelEnd", names.label_end);
  from.read("labelKey", names.label_key);
  from.read("labelText", names.label_text);
}

Napi::Object part_value(Napi::Env env, const profile::ProfilePart &part) {
  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, part.bytes.size());
  std::memcpy(bytes.Data(), part.bytes.data(), part.bytes.size());
  Napi::Float64Array frames = Napi::Float64Array::New(env, profile::kNamedBy);
  for (size_t by = 0; by < profile::kNamedBy; by++) frames[by] = part.frames[by];
  Napi::Object object = Napi::Object::New(env);
  object.Set("bytes", bytes);
  object.Set("timeNanos", Napi::BigInt::New(env, part.time_ns));
  object.Set("samples", part.samples);
  object.Set("uniqueSamples", part.unique_samples);
  object.Set("totalNs", part.total_ns);
  object.Set("reachedRoot", part.reached_root);
  object.Set("inferred", part.inferred);
  object.Set("frames", frames);
  return object;
}

}  // namespace

Napi::Value encode_pprof(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  profile::ProfileHead head{};
  profile::RowColumns rows;
  profile::NameTables names;
  Columns of_head(info[0]), of_rows(info[1]), of_names(info[2]);
  read_head(of_head, head);
  read_rows(of_rows, rows);
  read_names(of_names, names);
  if (!of_head.good() || !of_rows.good() || !of_names.good())
    return wrong_type(env, "encodePprof needs a head, rows and names, each of their columns");
  of_rows.take_views();
  of_names.take_views();
  if (!profile::is_sound(rows, names)) return wrong_type(env, "encodePprof needs numbers that point at something");
  const std::vector<profile::ProfilePart> parts = profile::encode(head, rows, names);
  Napi::Array array = Napi::Array::New(env, parts.size());
  for (uint32_t i = 0; i < parts.size(); i++) {
    Napi::HandleScope each(env);
    array.Set(i, part_value(env, parts[i]));
  }
  return array;
}

}  // namespace pyro::addon
