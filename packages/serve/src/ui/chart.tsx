// How is one figure of a player drawn over time, under the same axis and cursor as its neighbours?
// SPDX-License-Identifier: MPL-2.0
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { rangeText, timeText } from "./format.js";
import { type Line, pointsIn } from "./lanes.js";
import { Twin } from "./twin.js";

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
  /** Said behind the figures. */
  note?: string | undefined;
  /** Is told of a range that was drawn with the mouse; seconds since 1970. */
  choose?(from: number, to: number): void;
  /** Further lines of the same figure, dashed; how many there are does not change. */
  others?: Line[];
  /** What tells the lines apart, and the name of each. */
  who?: { head: string; names: string[] };
  /** A stretch of time that is set off. */
  band?: { from: number; to: number };
  /** Behind the point, in what is said of the figure. */
  digits?: number;
}

export const AXIS_WIDTH = 52;
const HEIGHT = 84;
const AXIS_HEIGHT = 26;

export function Chart(request: ChartRequest) {
  const { name, unit, from, to, who, note, digits = 1 } = request;
  const asked = useRef(request);
  asked.current = request;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = new uPlot(
      optionsOf(request, element.clientWidth, (begin, end) => asked.current.choose?.(begin, end)),
      dataOf(request),
      element,
    );
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
    plot.current?.setScale("x", { min: from, max: to });
  });
  const points = linesOf(request).flatMap((line, place) =>
    pointsIn(line, from, to).map(([at, value]) => ({ at, value, name: who?.names[place] ?? "" })),
  );
  points.sort((a, b) => a.at - b.at);
  const said = saidOf(points, unit, digits);
  return (
    <div class="lane">
      <h3>
        {name}{" "}
        <span class="small">
          {said}
          {note !== undefined && `; ${note}`}
        </span>
      </h3>
      <div ref={place} role="img" aria-label={`${name} over time: ${said}`} class="chart" />
      <Twin
        name={`${name} as a table`}
        heads={[
          "Time",
          ...(who === undefined ? [] : [who.head]),
          `${name}${unit.startsWith("of ") ? ", " : " in "}${unit}`,
        ]}
        rows={points.map((point) => [
          timeText(point.at * 1000),
          ...(who === undefined ? [] : [point.name]),
          point.value.toFixed(3),
        ])}
      />
    </div>
  );
}

function saidOf(points: { value: number }[], unit: string, digits: number): string {
  if (points.length === 0) return "not reported in this time";
  const values = points.map(({ value }) => value);
  return rangeText(
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
    unit,
    digits,
  );
}

const linesOf = ({ line, others = [] }: ChartRequest): Line[] => [line, ...others];

function dataOf(request: ChartRequest): uPlot.AlignedData {
  const tables = linesOf(request).map(({ times, values }): uPlot.AlignedData => [times, values]);
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

/** Of the first line, the second one, and so on: what tells them apart without colours. */
export const dashes = [[], [6, 3], [2, 3], [9, 3, 2, 3], [4, 6]];

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const heightOf = ({ axis }: ChartRequest): number => HEIGHT + (axis ? AXIS_HEIGHT : 0);

type Choose = NonNullable<ChartRequest["choose"]>;

function optionsOf(request: ChartRequest, width: number, choose: Choose): uPlot.Options {
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
    padding: [6, 0, axis ? 0 : 6, 0],
    cursor: {
      sync: { key: "session" },
      drag: { x: request.choose !== undefined, y: false, setScale: false, dist: 8 },
      points: { show: false },
    },
    hooks: { setSelect: [(plot) => chosen(plot, choose)], drawClear: [(plot) => drawBand(plot, request.band)] },
    scales: { x: { time: true, auto: false }, y: { range: (_, __, most) => [0, Math.max(most * 1.1, 0.1)] } },
    axes: [
      { ...ink, size: axis ? AXIS_HEIGHT : 0, space: 80, values: (plot, times) => (axis ? clocks(plot, times) : []) },
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

function drawBand({ ctx, bbox, valToPos }: uPlot, band: ChartRequest["band"]): void {
  if (band === undefined) return;
  const [left, right] = [band.from, band.to].map((time) => valToPos(time, "x", true)) as [number, number];
  ctx.fillStyle = colour("--band");
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
}

function chosen(plot: uPlot, choose: Choose): void {
  const { left, width } = plot.select;
  if (width <= 0) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  choose(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
}

/** Without one that would be cut off at the right edge. */
const CLOCK_WIDTH = 56;

function clocks({ width, scales }: uPlot, times: number[]): string[] {
  const { min = 0, max = 0 } = scales.x ?? {};
  const perPixel = ((max ?? 0) - (min ?? 0)) / Math.max(1, width - AXIS_WIDTH);
  return times.map((time) => (((max ?? 0) - time) / perPixel < CLOCK_WIDTH / 2 ? "" : clock(time)));
}

const two = (number: number): string => String(number).padStart(2, "0");

function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
