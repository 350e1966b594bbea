// Do the limits of this process leave room for us? What the host may still need is not taken.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>

namespace pyro::process {

// "" or a sentence which limit leaves too little: address space, data, descriptors or threads.
std::string no_room();

}  // namespace pyro::process
