// Which graphs does a test lay out? Random ones with bins in bins, and long ones like a pipeline.

import type { GraphShape } from "../../src/graph/shape.js";

/** At most `most` nodes, with links also backwards and onto themselves. */
export function randomShape(next: () => number, most: number): GraphShape {
  const below = (n: number): number => Math.floor(next() * n);
  const bins = Array.from({ length: below(5) }, (_, i) => ({ parent: below(i + 1) - 1, title: 10 + below(90) }));
  const nodes = Array.from({ length: 1 + below(most) }, () => ({
    width: 40 + below(160),
    height: 20 + below(40),
    sinks: below(4),
    sources: below(4),
    bin: below(bins.length + 1) - 1,
  }));
  const senders = nodes.flatMap(({ sources }, i) => (sources > 0 ? [i] : []));
  const receivers = nodes.flatMap(({ sinks }, i) => (sinks > 0 ? [i] : []));
  const links = Array.from({ length: senders.length > 0 && receivers.length > 0 ? below(2 * most) : 0 }, () => {
    const [from = 0, to = 0] = [senders[below(senders.length)], receivers[below(receivers.length)]];
    return { from, source: below(nodes[from]?.sources ?? 1), to, sink: below(nodes[to]?.sinks ?? 1) };
  });
  return { nodes, bins, links };
}

/** n elements: branches of five, every tenth element a bin around six. */
export function longShape(n: number): GraphShape {
  const bins = Array.from({ length: Math.floor(n / 10) }, () => ({ parent: -1, title: 70 }));
  const nodes = Array.from({ length: n }, (_, i) => ({
    width: 120 + (i % 5) * 12,
    height: 38,
    sinks: 1,
    sources: 2,
    bin: i % 10 < 6 ? Math.min(Math.floor(i / 10), bins.length - 1) : -1,
  }));
  const links = nodes.slice(1).map((_, k) => {
    const to = k + 1;
    return { from: to % 7 === 0 ? to - Math.min(to, 5) : k, source: to % 2, to, sink: 0 };
  });
  return { nodes, bins, links };
}
