// How is one figure of a player drawn over time, under the same axis and cursor as its neighbours?
// SPDX-License-Identifier: MPL-2.0
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Line } from "./lanes.js";

interface ChartRequest {
  name: string;
  unit: string;
  line: Line;
  from: number;
  to: number;
  /** The value holds until the next one. */
  stepped?: boolean;
  /** Shows the times below. */
  axis?: boolean;
  /** Behind the point, in what is said of the figure. */
  digits?: number;
  /** Of the same figure, dashed; their number stays. */
  others?: Line[];
  /** A stretch of time that is set off. */
  band?: { from: number; to: number };
}

export const AXIS_WIDTH = 52;
const HEIGHT = 84;
const AXIS_HEIGHT = 26;

export function Chart(request: ChartRequest) {
  const { name, unit } = request;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = new uPlot(optionsOf(request, element.clientWidth), dataOf(request), element);
    plot.current = drawn;
    const watch = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: heightOf(request) }));
    watch.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => drawn.redraw();
    scheme.addEventListener("change", redraw);
    return () => {
      watch.disconnect();
      scheme.removeEventListener("change", redraw);
      drawn.destroy();
    };
  }, []);
  useEffect(() => {
    plot.current?.setData(dataOf(request), false);
    plot.current?.setScale("x", { min: request.from, max: request.to });
  });
  const values = linesOf(request).flatMap((line) => line.values);
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(request.digits ?? 1));
  const said = values.length === 0 ? "not reported" : `${least} to ${most} ${unit}`;
  return (
    <div class="lane">
      <h3>
        {name} <span class="small">{said}</span>
      </h3>
      <div ref={place} role="img" aria-label={`${name} over time: ${said}`} class="chart" />
    </div>
  );
}

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const linesOf = ({ line, others = [] }: ChartRequest): Line[] => [line, ...others];
const dashes = [[], [6, 3], [2, 3], [9, 3, 2, 3], [4, 6]];

function dataOf(request: ChartRequest): uPlot.AlignedData {
  const tables = linesOf(request).map(({ times, values }): uPlot.AlignedData => [times, values]);
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

function drawBand({ ctx, bbox, valToPos }: uPlot, band: ChartRequest["band"]): void {
  if (band === undefined) return;
  const [left, right] = [valToPos(band.from, "x", true), valToPos(band.to, "x", true)];
  ctx.fillStyle = colour("--band");
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
}

const heightOf = ({ axis }: ChartRequest): number => HEIGHT + (axis ? AXIS_HEIGHT : 0);

function optionsOf(request: ChartRequest, width: number): uPlot.Options {
  const { name, stepped, axis } = request;
  const ink = {
    stroke: () => colour("--faint"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const paths = stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    width,
    height: heightOf(request),
    legend: { show: false },
    hooks: { drawClear: [(plot) => drawBand(plot, request.band)] },
    padding: [6, 0, axis ? 0 : 6, 0],
    cursor: { sync: { key: "session" }, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: true, auto: false }, y: { range: (_, __, most) => [0, Math.max(most * 1.1, 0.1)] } },
    axes: [
      { ...ink, show: axis === true, size: AXIS_HEIGHT, space: 80, values: (_, times) => times.map(clock) },
      { ...ink, size: AXIS_WIDTH, space: 30 },
    ],
    series: [
      {},
      ...linesOf(request).map((_, place) => ({
        label: name,
        stroke: () => colour("--accent"),
        width: 1.5,
        dash: dashes[place % dashes.length] ?? [],
        points: { size: 4, fill: () => colour("--accent") },
        ...(paths === undefined ? {} : { paths }),
      })),
    ],
  };
}

const two = (number: number): string => String(number).padStart(2, "0");

function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
