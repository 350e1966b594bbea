// Under which name does a sink publish what it gets? From a property of some of GStreamer's own sinks, without what is
// secret.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <string_view>

namespace pyro::tracer {

// The property of elements of this type (GStreamer's name of the class) that tells; nullptr = of this type none does.
const char *publishing_property(std::string_view type);

// The name in a value of that property: of a playlist's path the last part that is no usual word, of an RTMP address
// the application without the stream's key, of an SRT stream id the resource alone. "" = the value tells none.
std::string published_name(std::string_view type, std::string_view value);

}  // namespace pyro::tracer
