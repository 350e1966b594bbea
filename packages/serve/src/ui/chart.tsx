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
  choose(from: number, to: number): void;
}

export const AXIS_WIDTH = 52;
const HEIGHT = 84;
const AXIS_HEIGHT = 26;

export function Chart(request: ChartRequest) {
  const { name, unit, line, note } = request;
  const asked = useRef(request);
  asked.current = request;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = new uPlot(
      optionsOf(request, element.clientWidth, (from, to) => asked.current.choose(from, to)),
      [[], []],
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
    plot.current?.setData([line.times, line.values], false);
    plot.current?.setScale("x", { min: request.from, max: request.to });
  });
  const points = pointsIn(line, request.from, request.to);
  const said = saidOf(points, unit);
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
        heads={["Time", `${name} in ${unit}`]}
        rows={points.map(([at, value]) => [timeText(at * 1000), value.toFixed(3)])}
      />
    </div>
  );
}

function saidOf(points: [number, number][], unit: string): string {
  if (points.length === 0) return "not reported in this time";
  const values = points.map(([, value]) => value);
  return rangeText(
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
    unit,
  );
}

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const heightOf = ({ axis }: ChartRequest): number => HEIGHT + (axis ? AXIS_HEIGHT : 0);

function optionsOf(request: ChartRequest, width: number, choose: ChartRequest["choose"]): uPlot.Options {
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
      drag: { x: true, y: false, setScale: false, dist: 8 },
      points: { show: false },
    },
    hooks: { setSelect: [(plot) => chosen(plot, choose)] },
    scales: { x: { time: true, auto: false }, y: { range: (_, __, most) => [0, Math.max(most * 1.1, 0.1)] } },
    axes: [
      { ...ink, show: axis === true, size: AXIS_HEIGHT, space: 80, values: (_, times) => times.map(clock) },
      { ...ink, size: AXIS_WIDTH, space: 30 },
    ],
    series: [
      {},
      {
        label: name,
        stroke: () => colour("--accent"),
        width: 1.5,
        points: { size: 4, fill: () => colour("--accent") },
        ...(paths === undefined ? {} : { paths }),
      },
    ],
  };
}

function chosen(plot: uPlot, choose: ChartRequest["choose"]): void {
  const { left, width } = plot.select;
  if (width <= 0) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  choose(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
}

const two = (number: number): string => String(number).padStart(2, "0");

function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
