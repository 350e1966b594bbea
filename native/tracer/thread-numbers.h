// Which of the threads of one name is it?
// SPDX-License-Identifier: MPL-2.0
#pragma once

namespace pyro::tracer {

// Keeper only, after threads got names. A thread keeps its number as long as its name; a new one gets the lowest that
// no living thread of its name has, so that a server's thousandth session has the numbers of its first.
void number_threads();

}  // namespace pyro::tracer
