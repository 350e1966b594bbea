// What does a dashboard look like with what servers answered? As one SVG for light and dark pages, without Grafana. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { Answer, Frame } from "./dashboard-answers.js";
import type { Dashboard, Panel } from "./dashboards.js";
import type { Course } from "./real-prometheus.js";

const [COLUMN, LINE, GAP, MARGIN] = [50, 27, 6, 12] as const;
const WIDTH = 24 * COLUMN + 2 * MARGIN;
const SERIES_COLORS = 8;
const LEGEND_LINES = 5;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .page { fill: #ffffff } .panel { fill: #f6f8fa; stroke: #d0d7de } .grid { stroke: #d8dee4 } .bar { fill: #d97706; opacity: .3 }
  .title { font-weight: 600 } .row { font-size: 15px; font-weight: 600 } .small { font-size: 11px } .dim { fill: #57606a }
  .big { font-size: 24px; font-weight: 600 } .frame { stroke: #f6f8fa; stroke-width: .5 } .onframe { font-size: 10px; fill: #24292f }
  path { fill: none; stroke-width: 1.5 }
  .s0 { stroke: #2563eb; fill: #2563eb } .s1 { stroke: #d97706; fill: #d97706 } .s2 { stroke: #15925b; fill: #15925b }
  .s3 { stroke: #c02679; fill: #c02679 } .s4 { stroke: #7c3aed; fill: #7c3aed } .s5 { stroke: #8a7a00; fill: #8a7a00 }
  .s6 { stroke: #0e8fa5; fill: #0e8fa5 } .s7 { stroke: #cf3a35; fill: #cf3a35 } path.s0, path.s1, path.s2, path.s3, path.s4, path.s5, path.s6, path.s7 { fill: none }
  .f0 { fill: #fdba74 } .f1 { fill: #fcd34d } .f2 { fill: #fca5a5 } .f3 { fill: #fde68a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .page { fill: #0d1117 } .panel { fill: #161b22; stroke: #30363d } .grid { stroke: #2b323a } .dim { fill: #9aa4af }
    .frame { stroke: #161b22 } .onframe { fill: #1c1206 }
    .s0 { stroke: #6ea8fe; fill: #6ea8fe } .s1 { stroke: #f5a742; fill: #f5a742 } .s2 { stroke: #4ac28c; fill: #4ac28c }
    .s3 { stroke: #f082b4; fill: #f082b4 } .s4 { stroke: #b197fc; fill: #b197fc } .s5 { stroke: #d6c443; fill: #d6c443 }
    .s6 { stroke: #5bc8db; fill: #5bc8db } .s7 { stroke: #ff8a84; fill: #ff8a84 }
    .f0 { fill: #e8964a } .f1 { fill: #d9ae3a } .f2 { fill: #dd7f7f } .f3 { fill: #d6c06a }
  }`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
const round = (value: number): string => String(Math.round(value * 10) / 10);

interface Words {
  kind?: string;
  anchor?: "start" | "end";
}

const write = (x: number, y: number, text: string, { kind = "", anchor = "start" }: Words = {}): string =>
  `<text x="${round(x)}" y="${round(y)}"${kind === "" ? "" : ` class="${kind}"`}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}>${escaped(text)}</text>`;

const digits = (value: number): string => Number(value.toPrecision(3)).toLocaleString("en");

function seconds(value: number): string {
  if (value === 0 || value >= 1) return `${digits(value)} s`;
  return value >= 1e-3 ? `${digits(value * 1e3)} ms` : `${digits(value * 1e6)} µs`;
}

/** As Grafana writes a value of that unit. */
function shown(value: number, unit = "cores"): string {
  if (unit === "percentunit") return `${digits(value * 100)} %`;
  if (unit === "s") return seconds(value);
  if (unit === "cps") return `${digits(value)}/s`;
  return unit === "cores" ? `${digits(value)} cores` : digits(value);
}

/** Two digits, and no room for a word. */
const onAxis = (value: number, unit?: string): string => shown(Number(value.toPrecision(2)), unit ?? "short");

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

function nameOf({ metric }: Course, { legendFormat, groupBy = [] }: Answer["target"]): string {
  if (legendFormat !== undefined)
    return legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? "");
  return metric[groupBy[0] ?? ""] ?? "(none)";
}

const mean = ({ points }: Course): number => points.reduce((sum, [, value]) => sum + value, 0) / points.length;

interface Line {
  name: string;
  course: Course;
  mean: number;
}

const linesOf = (answers: Answer[]): Line[] =>
  answers
    .flatMap(({ courses, target }) =>
      courses.map((course) => ({ name: nameOf(course, target), course, mean: mean(course) })),
    )
    .sort((a, b) => b.mean - a.mean);

/** Lines above, the biggest of them by name below. */
function chart(panel: Panel, answers: Answer[], { x, y, w, h }: Box): string {
  const unit = panel.fieldConfig?.defaults.unit;
  const lines = linesOf(answers);
  const named = lines.slice(0, LEGEND_LINES);
  const plot = { x: x + 58, y: y + 4, w: w - 64, h: h - named.length * 15 - 12 };
  const points = lines.flatMap(({ course }) => course.points);
  const [from, to] = [Math.min(...points.map(([at]) => at)), Math.max(...points.map(([at]) => at))];
  const top = panel.fieldConfig?.defaults.max ?? (Math.max(...points.map(([, value]) => value)) * 1.05 || 1);
  const grid = [0, 0.5, 1].map((share) => {
    const at = plot.y + plot.h * (1 - share);
    return `<path class="grid" d="M${round(plot.x)} ${round(at)}h${round(plot.w)}"/>${write(plot.x - 5, at + 4, onAxis(top * share, unit), { kind: "small dim", anchor: "end" })}`;
  });
  const drawn = lines.slice(0, SERIES_COLORS).map(({ course }, i) => {
    const d = course.points.map(
      ([at, value]) =>
        `${round(plot.x + ((at - from) / (to - from || 1)) * plot.w)} ${round(plot.y + plot.h * (1 - value / top))}`,
    );
    return `<path class="s${i}" d="M${d.join("L")}"/>`;
  });
  const legend = named.map(({ name, mean: value }, i) => {
    const line = y + h - (named.length - i - 1) * 15 - 3;
    return `<rect class="s${i}" x="${round(x)}" y="${round(line - 8)}" width="9" height="9"/>${write(x + 14, line, cut(name, (w - 90) / 6), { kind: "small" })}${write(x + w, line, shown(value, unit), { kind: "small", anchor: "end" })}`;
  });
  return [...grid, ...drawn, ...legend].join("");
}

function figure(panel: Panel, answers: Answer[], { x, y, h }: Box): string {
  const [line] = linesOf(answers);
  const last = line?.course.points.at(-1)?.[1] ?? 0;
  const named = /\{\{/.test(answers[0]?.target.legendFormat ?? "");
  const value = shown(last, panel.fieldConfig?.defaults.unit);
  return `${write(x, y + h - 22, value, { kind: "big" })}${named ? write(x, y + h - 4, line?.name ?? "", { kind: "dim" }) : ""}`;
}

/** Rows by pipeline and element, columns by query; the first column is a bar, too. */
function rows(panel: Panel, answers: Answer[], { x, y, w, h }: Box): string {
  const titles = Object.values((panel.transformations?.[1]?.options.renameByName ?? {}) as Record<string, string>);
  const units = titles.map(
    (title) =>
      panel.fieldConfig?.overrides
        .find(({ matcher }) => matcher.options === title)
        ?.properties.find(({ id }) => id === "unit")?.value as string | undefined,
  );
  const key = ({ metric }: Course) => `${metric.pipeline} ${metric.element}`;
  const values = answers.map(
    ({ courses }) => new Map(courses.map((course) => [key(course), course.points[0]?.[1] ?? 0])),
  );
  const elements = [...(values[0] ?? [])].sort(([, a], [, b]) => b - a).slice(0, Math.floor(h / 19) - 1);
  const column = (i: number) => x + w * (0.3 + (0.7 * (i + 1)) / titles.length);
  const head = [
    write(x, y + 12, "element", { kind: "small dim" }),
    ...titles.map((title, i) => write(column(i), y + 12, title, { kind: "small dim", anchor: "end" })),
  ];
  const body = elements.map(([name, share], i) => {
    const at = y + 32 + i * 19;
    const bar = `<rect class="bar" x="${round(x + w * 0.3)}" y="${round(at - 12)}" width="${round(Math.min(1, share) * w * 0.175)}" height="15"/>`;
    const cells = values.map((column_, c) => {
      const value = column_.get(name);
      return write(column(c), at, value === undefined ? "" : shown(value, units[c]), { anchor: "end" });
    });
    return [bar, write(x, at, name.split(" ")[1] ?? name), ...cells].join("");
  });
  return [...head, ...body].join("");
}

/** From the top; frames too small to be seen are left out. */
function flames(answers: Answer[], { x, y, w, h }: Box): string {
  const frames = answers[0]?.frames ?? [];
  const total = frames[0]?.width ?? 1;
  const line = 15;
  const seen = frames.filter(({ width, depth }) => (width / total) * w > 1.5 && (depth + 1) * line <= h);
  const hash = (name: string) => [...name].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 1009, 7) % 4;
  return seen
    .map(({ name, depth, begin, width }: Frame) => {
      const [left, wide, top] = [x + (begin / total) * w, (width / total) * w, y + depth * line];
      const text = wide > 30 ? write(left + 3, top + 11, cut(name, wide / 6), { kind: "onframe" }) : "";
      return `<rect class="frame f${hash(name)}" x="${round(left)}" y="${round(top)}" width="${round(wide)}" height="${line}"/>${text}`;
    })
    .join("");
}

const looks: Record<string, (panel: Panel, answers: Answer[], box: Box) => string> = {
  timeseries: chart,
  stat: figure,
  table: rows,
  flamegraph: (_, answers, box) => flames(answers, box),
};

function drawnPanel(panel: Panel, answers: Answer[], top: number): string {
  const { x, y, w, h } = panel.gridPos;
  const box = { x: MARGIN + x * COLUMN, y: top + y * LINE, w: w * COLUMN - GAP, h: h * LINE - GAP };
  if (panel.type === "row") return write(box.x, box.y + 20, panel.title, { kind: "row" });
  const inner = { x: box.x + 10, y: box.y + 26, w: box.w - 20, h: box.h - 36 };
  const frame = `<rect class="panel" x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="4"/>`;
  return `${frame}${write(box.x + 10, box.y + 18, panel.title, { kind: "title" })}${looks[panel.type]?.(panel, answers, inner) ?? ""}`;
}

/** `note`: what the picture is of. */
export function drawn(dashboard: Dashboard, answers: Answer[], note: string): string {
  const top = 44;
  const height = top + Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h)) * LINE + MARGIN;
  const panels = dashboard.panels.map((panel) =>
    drawnPanel(
      panel,
      answers.filter((one) => one.panel.id === panel.id),
      top,
    ),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(`${dashboard.title}: ${note}`)}">
<style>${style}</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
${write(MARGIN, 28, dashboard.title, { kind: "row" })}${write(WIDTH - MARGIN, 28, note, { kind: "dim", anchor: "end" })}
${panels.join("\n")}
</svg>
`;
}
