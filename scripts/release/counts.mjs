// Were all buffers counted? A report beside what each element must have.
// SPDX-License-Identifier: MPL-2.0

/**
 * What a report says otherwise than it must, a text each; none when all was counted.
 *
 * @param {import("../../src/model/summary.js").Summary} report
 * @param {Record<string, number[]>} expected buffers in and buffers out, by the names of elements
 */
export function miscounted(report, expected) {
  const elements = report.pipelines.flatMap((one) => one.elements);
  const wrong = Object.entries(expected).flatMap(([name, [buffersIn, buffersOut]]) => {
    const found = elements.find((one) => one.name === name);
    const counted = found === undefined ? "not there" : `${found.buffersIn} in, ${found.buffersOut} out`;
    const wanted = `${buffersIn} in, ${buffersOut} out`;
    return counted === wanted ? [] : [`${name}: ${counted}, not ${wanted}`];
  });
  return report.complete ? wrong : ["the capture is not complete", ...wrong];
}
