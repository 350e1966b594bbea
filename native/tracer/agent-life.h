// Is there an agent that reads the segment, and who starts the next one?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <mutex>
#include <string>

#include "process/agent.h"
#include "process/restart-policy.h"
#include "tracer/params.h"
#include "wire/segment.h"

namespace pyro::tracer {

// Another process (`run`) reads the segment; it finds us by itself, so no agent is started.
bool hosted();
// The host looks for segments some 20 times a second: a process that ends sooner waits for it, a second at most and
// only while the host lives. Once it has mapped the segment, nothing is lost by ending.
void wait_for_host(const wire::Segment &segment);

class AgentLife {
 public:
  AgentLife(int segment_fd, const Settings &settings) : segment_fd_(segment_fd), settings_(settings) {}
  // Starts the agent unless it was started before, or another process reads the segment (GST_PYROSCOPE_HOST_PID).
  void start_once(wire::Segment &segment);
  // Once a second: replaces an agent that died, within the limits of the restart policy. An agent that merely hangs is
  // left alone: two readers would take records from each other.
  void look(wire::Segment &segment);

 private:
  void start(wire::Segment &segment);
  void say_endpoint(uint32_t error);

  const int segment_fd_;
  const Settings &settings_;
  std::mutex mutex_;
  process::RestartPolicy policy_;
  bool started_ = false;
  bool hopeless_ = false;
  bool told_refusal_ = false;
  uint32_t told_endpoint_ = 0;
};

}  // namespace pyro::tracer
