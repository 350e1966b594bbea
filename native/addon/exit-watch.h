// When is another process gone?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <napi.h>

namespace pyro::addon {

// waitForExit(pid, startTicks): a promise that resolves when the process is gone, zombies included; at once when it is
// gone already or the pid belongs to another process by now. Does not keep the event loop alive.
Napi::Value wait_for_exit(const Napi::CallbackInfo &info);

}  // namespace pyro::addon
