// What is known of an element of which nothing was measured yet?
// SPDX-License-Identifier: MPL-2.0

import type { ElementSummary } from "../model/element-summary.js";

export function blank(path: string, name: string, factory: string, plugin: string): ElementSummary {
  return {
    path,
    name,
    factory,
    plugin,
    threads: [],
    buffersIn: 0,
    bytesIn: 0,
    buffersOut: 0,
    bytesOut: 0,
    flow: {},
    exclusive: null,
    inclusive: null,
    queueWait: null,
    driver: null,
    reported: null,
    transit: null,
    events: null,
    queries: null,
    link: null,
    states: {},
    drops: 0,
    flushed: 0,
    queueLevel: null,
    feeds: [],
    leaky: false,
    sync: false,
    bin: false,
    cpuNs: 0,
    cpuInclusiveNs: null,
    wallNs: null,
    readyNs: null,
    blockedNs: null,
    blockedOn: null,
  };
}
