// How do copies from a segment become the objects of src/model/batch.ts?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

#include <vector>

#include "wire/reader.h"

namespace pyro::addon {

Napi::Object batch(Napi::Env env, const wire::SampleRecords &samples);
Napi::Array entries(Napi::Env env, const std::vector<wire::DirectoryName> &names);
Napi::Object cell_snapshot(Napi::Env env, const wire::CellCopy &cell);
Napi::Array cell_snapshots(Napi::Env env, const std::vector<wire::CellCopy> &cells);
Napi::Object segment_state(Napi::Env env, const wire::StateCopy &state);

}  // namespace pyro::addon
