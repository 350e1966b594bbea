// Text from another process, made harmless and handed to the log.
// SPDX-License-Identifier: MPL-2.0
#include "tracer/agent-words.h"

#include <glib.h>

#include <utility>

#include "tracer/log.h"

namespace pyro::tracer {

std::string printable(const std::string &text) {
  gchar *valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string line;
  for (const gchar *at = valid; *at; at = g_utf8_next_char(at)) {
    if (g_unichar_isprint(g_utf8_get_char(at)))
      line.append(at, static_cast<size_t>(g_utf8_next_char(at) - at));
    else
      line += ' ';
  }
  g_free(valid);
  return line;
}

void AgentWords::say(wire::Segment &segment) {
  uint32_t level = 0;
  std::string text;
  for (uint32_t n = 0; n < wire::kMessageSlots && wire::take_message(segment.messages, &next_, &level, &text); n++) {
    const std::string sentence = printable(text);
    if (level == wire::kMessageWarning)
      warn(sentence);
    else if (level == wire::kMessageInfo)
      info(sentence);
    else
      detail(sentence);
  }
  const uint32_t dropped = segment.messages.dropped.load(std::memory_order_relaxed);
  if (std::exchange(told_dropped_, dropped) != dropped)
    detail("messages of the agent dropped: " + std::to_string(dropped));
}

}  // namespace pyro::tracer
