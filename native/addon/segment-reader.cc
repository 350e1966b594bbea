// How does a segment become a JavaScript object?
// SPDX-License-Identifier: MPL-2.0
#include "addon/segment-reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "addon/control-change.h"
#include "addon/napi-helpers.h"
#include "addon/segment-values.h"
#include "exposition/exposition.h"

namespace pyro::addon {
namespace {

constexpr double kMaxRecordsPerDrain = 65536;        // more than the ring holds
constexpr double kLargestNumber = 9007199254740991;  // up to there a number is exact

struct EnvironmentData {
  Napi::FunctionReference reader_class;
};

Napi::Value refuse(Napi::Env env, wire::Refusal why, uint32_t version = 0) {
  switch (why) {
    case wire::kRefusedVersion:
      return fail(
          env, "ERR_SEGMENT_VERSION",
          "the segment has wire version " + std::to_string(version) + ", this agent reads version " +
              std::to_string(wire::WIRE_VERSION) + " and the one before: " +
              (version > wire::WIRE_VERSION ? "use an agent of the tracer's release" : "start the program again"));
    case wire::kRefusedUnsealed:
      return fail(env, "ERR_SEGMENT_UNSEALED", "the descriptor is not a sealed segment of gst-pyroscope");
    case wire::kRefusedBusy:
      return fail(env, "ERR_SEGMENT_BUSY", "another agent reads this segment already");
    default:
      return fail(env, "ERR_SEGMENT_SIZE", "the segment is damaged or truncated (its size or magic number is wrong)");
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

bool read_number(const Napi::Value &value, double low, double high, double *out) {
  if (!value.IsNumber()) return false;
  *out = value.As<Napi::Number>().DoubleValue();
  return *out >= low && *out <= high && std::floor(*out) == *out;
}

Napi::Value refuse_closed(Napi::Env env) { return fail(env, "ERR_SEGMENT_CLOSED", "the reader was closed"); }

// Throws a TypeError that says what the method needs, where its first argument is no such number.
bool read_argument(const Napi::CallbackInfo &info, double low, double high, const char *needs, double *out) {
  if (read_number(info[0], low, high, out)) return true;
  wrong_type(info.Env(), needs);
  return false;
}

}  // namespace

// Every method but attach() and close(): throws once the reader was closed.
template <auto method>
Napi::Value SegmentReader::when_open(const Napi::CallbackInfo &info) {
  if (!reader_) return refuse_closed(info.Env());
  if constexpr (std::is_void_v<decltype((this->*method)(info))>)
    (this->*method)(info);
  else
    return (this->*method)(info);
  return info.Env().Undefined();
}

void SegmentReader::define(Napi::Env env) {
  using R = SegmentReader;
  const Napi::Function type = DefineClass(env, "SegmentReader",
                                          {InstanceMethod<&R::when_open<&R::urgent>>("urgent"),
                                           InstanceMethod<&R::when_open<&R::drain>>("drain"),
                                           InstanceMethod<&R::when_open<&R::has_spans>>("hasSpans"),
                                           InstanceMethod<&R::when_open<&R::take_spans>>("takeSpans"),
                                           InstanceMethod<&R::when_open<&R::name_hop>>("nameHop"),
                                           InstanceMethod<&R::when_open<&R::name_thread>>("nameThread"),
                                           InstanceMethod<&R::when_open<&R::encode_spans>>("encodeSpans"),
                                           InstanceMethod<&R::when_open<&R::copy_spans>>("copySpans"),
                                           InstanceMethod<&R::when_open<&R::directory>>("directory"),
                                           InstanceMethod<&R::when_open<&R::cells>>("cells"),
                                           InstanceMethod<&R::when_open<&R::look>>("look"),
                                           InstanceMethod<&R::when_open<&R::retired>>("retired"),
                                           InstanceMethod<&R::when_open<&R::acknowledge>>("acknowledge"),
                                           InstanceMethod<&R::when_open<&R::is_reuse_due>>("isReuseDue"),
                                           InstanceMethod<&R::when_open<&R::state>>("state"),
                                           InstanceMethod<&R::when_open<&R::exposition>>("exposition"),
                                           InstanceMethod<&R::when_open<&R::endpoint>>("endpoint"),
                                           InstanceMethod<&R::when_open<&R::heartbeat>>("heartbeat"),
                                           InstanceMethod<&R::when_open<&R::tell>>("tell"),
                                           InstanceMethod<&R::when_open<&R::settle>>("settle"),
                                           InstanceMethod<&R::when_open<&R::flushed>>("flushed"),
                                           InstanceMethod<&R::when_open<&R::control>>("control"),
                                           InstanceMethod<&R::when_open<&R::detach>>("detach"),
                                           InstanceMethod<&R::close>("close")});
  env.SetInstanceData(new EnvironmentData{Napi::Persistent(type)});
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

Napi::Value SegmentReader::urgent(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), reader_->urgent());
}

Napi::Value SegmentReader::drain(const Napi::CallbackInfo &info) {
  double records = 0;
  if (!read_argument(info, 1, UINT32_MAX, "drain needs a positive number of records", &records)) return {};
  return batch(info.Env(), reader_->drain(static_cast<uint32_t>(std::min(records, kMaxRecordsPerDrain))));
}

Napi::Value SegmentReader::has_spans(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), reader_->has_spans());
}

Napi::Value SegmentReader::directory(const Napi::CallbackInfo &info) {
  return entries(info.Env(), reader_->directory());
}

Napi::Value SegmentReader::cells(const Napi::CallbackInfo &info) {
  return cell_snapshots(info.Env(), reader_->cells().cells);
}

// What makes objects costs most: of the whole table only where they are wanted.
Napi::Value SegmentReader::look(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  wire::CellsCopy look;
  const std::vector<wire::CellCopy> gone = reader_->gone_cells(&look);
  Napi::Object object = Napi::Object::New(env);
  object.Set("gone", cell_snapshots(env, gone));
  const bool whole = info[0].ToBoolean();
  object.Set("cells", whole ? Napi::Value(cells_.of(env, look.cells)) : env.Null());
  object.Set("ended", whole ? Napi::Value(cell_snapshots(env, look.ended)) : env.Null());
  return object;
}

Napi::Value SegmentReader::retired(const Napi::CallbackInfo &info) { return number(info.Env(), reader_->retired()); }

void SegmentReader::acknowledge(const Napi::CallbackInfo &info) {
  double retired = 0;
  if (read_argument(info, 0, kLargestNumber, "acknowledge needs a number that retired() gave", &retired))
    reader_->acknowledge(static_cast<uint64_t>(retired));
}

Napi::Value SegmentReader::is_reuse_due(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), reader_->is_reuse_due());
}

Napi::Value SegmentReader::state(const Napi::CallbackInfo &info) { return segment_state(info.Env(), reader_->state()); }

Napi::Value SegmentReader::exposition(const Napi::CallbackInfo &info) {
  return text(info.Env(), exposition::render(reader_->shown()));
}

void SegmentReader::endpoint(const Napi::CallbackInfo &info) {
  double error = 0;
  if (read_argument(info, 0, INT32_MAX, "endpoint needs an error number", &error))
    reader_->endpoint(static_cast<uint32_t>(error));
}

Napi::Value SegmentReader::tell(const Napi::CallbackInfo &info) {
  double level = 0;
  if (!read_number(info[0], wire::kMessageWarning, wire::kMessageLog, &level) || !info[1].IsString())
    return wrong_type(info.Env(), "tell needs a level and a text");
  const std::string text = info[1].As<Napi::String>().Utf8Value();
  return Napi::Boolean::New(info.Env(), reader_->tell(static_cast<wire::MessageLevel>(level), text));
}

void SegmentReader::heartbeat(const Napi::CallbackInfo &info) {
  double shift_ns = 0;
  if (info[0].IsUndefined() || read_argument(info, -9.1e18, 9.1e18, "heartbeat needs nanoseconds", &shift_ns))
    reader_->heartbeat(static_cast<int64_t>(shift_ns));
}

void SegmentReader::settle(const Napi::CallbackInfo &info) {
  double samples = 0;
  if (read_argument(info, 0, kLargestNumber, "settle needs a number of samples", &samples))
    reader_->settle(static_cast<uint64_t>(samples));
}

void SegmentReader::flushed(const Napi::CallbackInfo &info) {
  double asked = 0;
  if (read_argument(info, 0, UINT32_MAX, "flushed needs the number of a request", &asked))
    reader_->flushed(static_cast<uint32_t>(asked));
}

Napi::Value SegmentReader::control(const Napi::CallbackInfo &info) {
  const std::optional<ControlChange> change = control_change(info);
  if (!change) return {};
  if (!reader_) return refuse_closed(info.Env());  // by a property that is a function
  const bool any = change->write(reader_->control());
  return Napi::Number::New(info.Env(), any ? reader_->changed() : reader_->state().changes);
}

void SegmentReader::detach(const Napi::CallbackInfo &) { reader_->detach(); }

void SegmentReader::close(const Napi::CallbackInfo &) {
  reader_.reset();
  claim_ = SegmentClaim();
}

}  // namespace pyro::addon
