// How is a name shown so that equal things have equal names in every run?
//
// The rules of src/model/display-names.ts and of the values in src/model/labels.ts, once more: the tracer answers
// without an agent. A test holds both against each other, name by name (test/src/exposition.test.ts).
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pyro::exposition {

// What stands before the number if GStreamer made up the name of this object.
std::optional<std::string> auto_prefix(const std::string &name, const std::string &factory);

// Nothing that differs from run to run, and nothing private: pointers, addresses with a scheme, long numbers.
std::string safe_name(std::string_view name);
// Request and SSRC pads carry their template's name: "src_%u" whatever their number.
std::string pad_label(const std::string &name, const std::string &pad_template);
// As pad_label, but small numbers stay ("src_0"): how prom-latency's dashboards know the pads of a tee.
std::string numbered_pad_label(const std::string &name, const std::string &pad_template);
// Fit for every server: UTF-8 with nothing unseen in it, 256 units at most.
std::string label_value(std::string_view value);

}  // namespace pyro::exposition
