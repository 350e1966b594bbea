// How does a segment become a JavaScript object?
// SPDX-License-Identifier: MPL-2.0
#include "addon/segment-reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "addon/napi-helpers.h"
#include "addon/segment-values.h"
#include "exposition/exposition.h"

namespace pyro::addon {
namespace {

constexpr double kMaxRecordsPerDrain = 65536;  // more than the ring holds

struct EnvironmentData {
  Napi::FunctionReference reader_class;
};

std::string refusal_text(wire::Refusal why, uint32_t version) {
  switch (why) {
    case wire::kRefusedVersion:
      return "the segment has wire version " + std::to_string(version) + ", this agent reads version " +
             std::to_string(wire::WIRE_VERSION) + " and the one before: " +
             (version > wire::WIRE_VERSION ? "use an agent of the tracer's release" : "start the program again");
    case wire::kRefusedUnsealed:
      return "the descriptor is not a sealed segment of gst-pyroscope";
    case wire::kRefusedBusy:
      return "another agent reads this segment already";
    default:
      return "the segment is damaged or truncated (its size or magic number is wrong)";
  }
}

const char *refusal_code(wire::Refusal why) {
  switch (why) {
    case wire::kRefusedVersion:
      return "ERR_SEGMENT_VERSION";
    case wire::kRefusedUnsealed:
      return "ERR_SEGMENT_UNSEALED";
    case wire::kRefusedBusy:
      return "ERR_SEGMENT_BUSY";
    default:
      return "ERR_SEGMENT_SIZE";
  }
}

std::string source_path(double fd, double pid) {
  const std::string owner = pid == 0 ? "self" : std::to_string(static_cast<int>(pid));
  return "/proc/" + owner + "/fd/" + std::to_string(static_cast<int>(fd));
}

// A descriptor of our own on the segment; -1 with errno. `pid` 0: `fd` is inherited.
int open_source(double fd, double pid) {
  if (pid == 0) return fcntl(static_cast<int>(fd), F_DUPFD_CLOEXEC, 3);
  return open(source_path(fd, pid).c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

Napi::Value refuse(Napi::Env env, wire::Refusal why, uint32_t version = 0) {
  return fail(env, refusal_code(why), refusal_text(why, version));
}

bool read_number(const Napi::Value &value, double low, double high, double *out) {
  if (!value.IsNumber()) return false;
  *out = value.As<Napi::Number>().DoubleValue();
  return *out >= low && *out <= high && std::floor(*out) == *out;
}

wire::TimingEngine engine_named(const std::string &name) {
  if (name == "hooks") return wire::kTimingHooks;
  return name == "wrap" ? wire::kTimingWrap : wire::kTimingOff;
}

}  // namespace

void SegmentReader::define(Napi::Env env) {
  using R = SegmentReader;
  const Napi::Function type = DefineClass(env, "SegmentReader",
                                          {InstanceMethod<&R::urgent>("urgent"),
                                           InstanceMethod<&R::drain>("drain"),
                                           InstanceMethod<&R::has_spans>("hasSpans"),
                                           InstanceMethod<&R::drain_spans>("drainSpans"),
                                           InstanceMethod<&R::directory>("directory"),
                                           InstanceMethod<&R::cells>("cells"),
                                           InstanceMethod<&R::look>("look"),
                                           InstanceMethod<&R::retired>("retired"),
                                           InstanceMethod<&R::acknowledge>("acknowledge"),
                                           InstanceMethod<&R::is_reuse_due>("isReuseDue"),
                                           InstanceMethod<&R::state>("state"),
                                           InstanceMethod<&R::exposition>("exposition"),
                                           InstanceMethod<&R::endpoint>("endpoint"),
                                           InstanceMethod<&R::heartbeat>("heartbeat"),
                                           InstanceMethod<&R::tell>("tell"),
                                           InstanceMethod<&R::settle>("settle"),
                                           InstanceMethod<&R::flushed>("flushed"),
                                           InstanceMethod<&R::control>("control"),
                                           InstanceMethod<&R::detach>("detach"),
                                           InstanceMethod<&R::close>("close")});
  auto *data = new EnvironmentData{Napi::Persistent(type)};
  env.SetInstanceData(data);
}

// An instance without a segment; attach() puts it in.
SegmentReader::SegmentReader(const Napi::CallbackInfo &info) : Napi::ObjectWrap<SegmentReader>(info) {}

Napi::Value SegmentReader::attach(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) return wrong_type(env, "attach needs { fd } or { pid, fd }");
  const Napi::Object source = info[0].As<Napi::Object>();
  const bool inherited = source.Get("pid").IsUndefined();  // then pid stays 0
  double fd = 0, pid = 0;
  if (!read_number(source.Get("fd"), 0, INT32_MAX, &fd)) return wrong_type(env, "fd must be a descriptor number");
  if (!inherited && !read_number(source.Get("pid"), 1, INT32_MAX, &pid))
    return wrong_type(env, "pid must be a process id");
  SegmentClaim claim;
  if (!claim.take(source_path(fd, pid).c_str())) return refuse(env, wire::kRefusedBusy);
  const int own = open_source(fd, pid);
  if (own < 0)
    return fail(env, "ERR_SEGMENT_OPEN", std::string("the segment cannot be opened: ") + std::strerror(errno));
  wire::Refusal why;
  uint32_t version = 0;
  std::optional<wire::Reader> reader = wire::Reader::attach(own, &why, &version);
  if (!reader) return refuse(env, why, version);
  // Taken over: closed before the lock is taken, because closing it later would drop the lock.
  if (pid == 0) ::close(static_cast<int>(fd));
  if (!reader->take_over()) return refuse(env, wire::kRefusedBusy);
  const Napi::Object object = env.GetInstanceData<EnvironmentData>()->reader_class.New({});
  if (object.IsEmpty()) return env.Undefined();
  SegmentReader *self = Unwrap(object);
  self->claim_ = std::move(claim);
  self->reader_ = std::move(reader);
  return object;
}

bool SegmentReader::is_open(Napi::Env env) {
  if (!reader_) fail(env, "ERR_SEGMENT_CLOSED", "the reader was closed");
  return reader_.has_value();
}

Napi::Value SegmentReader::urgent(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), reader_->urgent());
}

Napi::Value SegmentReader::drain(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  double records = 0;
  if (!read_number(info[0], 1, UINT32_MAX, &records))
    return wrong_type(info.Env(), "drain needs a positive number of records");
  return batch(info.Env(), reader_->drain(static_cast<uint32_t>(std::min(records, kMaxRecordsPerDrain))));
}

Napi::Value SegmentReader::has_spans(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), reader_->has_spans());
}

Napi::Value SegmentReader::drain_spans(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  double spans = 0;
  if (!read_number(info[0], 0, UINT32_MAX, &spans)) return wrong_type(info.Env(), "drainSpans needs a number of spans");
  return span_batch(info.Env(), reader_->drain_spans(static_cast<uint32_t>(std::min(spans, kMaxRecordsPerDrain))));
}

Napi::Value SegmentReader::directory(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return entries(info.Env(), reader_->directory());
}

Napi::Value SegmentReader::cells(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return cell_snapshots(info.Env(), reader_->cells().cells);
}

// What makes objects costs most: of the whole table only where they are wanted.
Napi::Value SegmentReader::look(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!is_open(env)) return env.Undefined();
  wire::CellsCopy look;
  const std::vector<wire::CellCopy> gone = reader_->gone_cells(&look);
  Napi::Object object = Napi::Object::New(env);
  object.Set("gone", cell_snapshots(env, gone));
  const bool whole = info[0].ToBoolean();
  object.Set("cells", whole ? Napi::Value(cell_snapshots(env, look.cells)) : env.Null());
  object.Set("ended", whole ? Napi::Value(cell_snapshots(env, look.ended)) : env.Null());
  return object;
}

Napi::Value SegmentReader::retired(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return number(info.Env(), reader_->retired());
}

Napi::Value SegmentReader::acknowledge(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  double retired = 0;
  if (!read_number(info[0], 0, 9007199254740991.0, &retired))
    return wrong_type(info.Env(), "acknowledge needs a number that retired() gave");
  reader_->acknowledge(static_cast<uint64_t>(retired));
  return info.Env().Undefined();
}

Napi::Value SegmentReader::is_reuse_due(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), reader_->is_reuse_due());
}

Napi::Value SegmentReader::state(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return segment_state(info.Env(), reader_->state());
}

Napi::Value SegmentReader::exposition(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  return text(info.Env(), exposition::render(reader_->shown()));
}

Napi::Value SegmentReader::endpoint(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  double error = 0;
  if (!read_number(info[0], 0, INT32_MAX, &error)) return wrong_type(info.Env(), "endpoint needs an error number");
  reader_->endpoint(static_cast<uint32_t>(error));
  return info.Env().Undefined();
}

Napi::Value SegmentReader::tell(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  double level = 0;
  if (!read_number(info[0], wire::kMessageWarning, wire::kMessageLog, &level) || !info[1].IsString())
    return wrong_type(info.Env(), "tell needs a level and a text");
  const std::string text = info[1].As<Napi::String>().Utf8Value();
  return Napi::Boolean::New(info.Env(), reader_->tell(static_cast<wire::MessageLevel>(level), text));
}

Napi::Value SegmentReader::heartbeat(const Napi::CallbackInfo &info) {
  double shift_ns = 0;
  if (!info[0].IsUndefined() && !read_number(info[0], -9.1e18, 9.1e18, &shift_ns))
    return wrong_type(info.Env(), "heartbeat needs nanoseconds");
  if (is_open(info.Env())) reader_->heartbeat(static_cast<int64_t>(shift_ns));
  return info.Env().Undefined();
}

Napi::Value SegmentReader::settle(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  double samples = 0;
  if (!read_number(info[0], 0, 9007199254740991.0, &samples))
    return wrong_type(info.Env(), "settle needs a number of samples");
  reader_->settle(static_cast<uint64_t>(samples));
  return info.Env().Undefined();
}

Napi::Value SegmentReader::flushed(const Napi::CallbackInfo &info) {
  if (!is_open(info.Env())) return info.Env().Undefined();
  double asked = 0;
  if (!read_number(info[0], 0, UINT32_MAX, &asked))
    return wrong_type(info.Env(), "flushed needs the number of a request");
  reader_->flushed(static_cast<uint32_t>(asked));
  return info.Env().Undefined();
}

Napi::Value SegmentReader::control(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  if (!is_open(env)) return env.Undefined();
  if (!info[0].IsObject()) return wrong_type(env, "control needs an object");
  const Napi::Object change = info[0].As<Napi::Object>();
  const Napi::Value enabled = change.Get("enabled"), rate = change.Get("sampleRate"), timing = change.Get("timing");
  double sample_rate = 0;
  if (!enabled.IsUndefined() && !enabled.IsBoolean()) return wrong_type(env, "enabled must be a boolean");
  if (!rate.IsUndefined() && !read_number(rate, 0, UINT32_MAX, &sample_rate))
    return wrong_type(env, "sampleRate must be a whole number");
  const std::string engine = timing.IsString() ? timing.As<Napi::String>().Utf8Value() : "";
  if (!timing.IsUndefined() && engine != "off" && engine != "wrap" && engine != "hooks")
    return wrong_type(env, "timing must be off, wrap or hooks");
  wire::Control &words = reader_->control();
  if (enabled.IsBoolean()) words.enabled.store(enabled.As<Napi::Boolean>().Value(), std::memory_order_relaxed);
  if (rate.IsNumber()) words.sample_rate.store(static_cast<uint32_t>(sample_rate), std::memory_order_relaxed);
  if (timing.IsString()) words.timing.store(engine_named(engine), std::memory_order_relaxed);
  return env.Undefined();
}

Napi::Value SegmentReader::detach(const Napi::CallbackInfo &info) {
  if (is_open(info.Env())) reader_->detach();
  return info.Env().Undefined();
}

Napi::Value SegmentReader::close(const Napi::CallbackInfo &info) {
  reader_.reset();
  claim_ = SegmentClaim();
  return info.Env().Undefined();
}

}  // namespace pyro::addon
