// What do real servers answer to each panel of a dashboard, with its variables set as Grafana sets them?
// SPDX-License-Identifier: MPL-2.0

import { choicesOf, type Dashboard, type Panel, panelsOf, type Target } from "./dashboards.js";
import type { Course, RealPrometheus } from "./real-prometheus.js";
import type { RealPyroscope } from "./real-pyroscope.js";

export interface Answers {
  prometheus: RealPrometheus;
  pyroscope: RealPyroscope;
  service: string;
  /** Of the time that is asked for. */
  seconds: number;
}

/** One frame of a flame graph: [begin, width] in nanoseconds. */
export interface Frame {
  name: string;
  depth: number;
  begin: number;
  width: number;
}

export interface Answer {
  panel: Panel;
  target: Target;
  courses: Course[];
  frames: Frame[];
}

/** All choices, as Grafana writes them; rates over fifteen seconds, in which a series has several points. */
const filledIn = (text: string, service: string): string =>
  text
    .replaceAll("$service", service)
    .replace(/\$\{?(instance|pipeline|element)(:pipe)?\}?/g, ".*")
    .replaceAll("$__rate_interval", "15s");

const isNumber = ([, value]: [number, number]): boolean => Number.isFinite(value);

/** Tempo is no server of these tests: its panels are left out. */
export function answersOf(dashboard: Dashboard, asked: Answers): Promise<Answer[]> {
  const targets = panelsOf(dashboard).flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));
  const known = targets.filter(({ target }) => target.datasource.type !== "tempo");
  return Promise.all(known.map(async (one) => ({ ...one, ...(await answerTo(one.target, asked)) })));
}

async function answerTo(target: Target, asked: Answers): Promise<Pick<Answer, "courses" | "frames">> {
  if (target.expr !== undefined) return { courses: await metricsOf(target, asked), frames: [] };
  if (target.queryType === "profile") return { courses: [], frames: await framesOf(target, asked) };
  return { courses: await profileCourses(target, asked), frames: [] };
}

async function metricsOf({ expr = "", instant }: Target, { prometheus, service, seconds }: Answers): Promise<Course[]> {
  const query = filledIn(expr, service);
  if (!instant) return withNumbers(await prometheus.course(query, seconds));
  const now = Date.now() / 1000;
  return withNumbers((await prometheus.query(query)).map(({ metric, value }) => ({ metric, points: [[now, value]] })));
}

const withNumbers = (courses: Course[]): Course[] =>
  courses
    .map(({ metric, points }) => ({ metric, points: points.filter(isNumber) }))
    .filter(({ points }) => points.length > 0);

interface Series {
  labels?: { name: string; value: string }[];
  points?: { value?: number; timestamp: string }[];
}

/** As Grafana shows it: cores, or threads. */
async function profileCourses(target: Target, { pyroscope, service }: Answers): Promise<Course[]> {
  const step = 15;
  const { series } = await pyroscope.query("SelectSeries", {
    ...profileOf(target, service),
    groupBy: target.groupBy,
    step,
  });
  return ((series as Series[] | undefined) ?? []).map(({ labels = [], points = [] }) => ({
    metric: Object.fromEntries(labels.map(({ name, value }) => [name, value])),
    points: points.map(
      ({ timestamp, value = 0 }) => [Number(timestamp) / 1000, value / step / 1e9] as [number, number],
    ),
  }));
}

const profileOf = ({ profileTypeId: profileTypeID, labelSelector = "" }: Target, service: string) => ({
  profileTypeID,
  labelSelector: filledIn(labelSelector, service),
});

/** Levels of [gap, total, self, name] each; a gap is counted from the end of the frame before. */
async function framesOf(target: Target, { pyroscope, service }: Answers): Promise<Frame[]> {
  const { flamegraph } = await pyroscope.query("SelectMergeStacktraces", profileOf(target, service));
  const { names = [], levels = [] } = (flamegraph ?? {}) as { names?: string[]; levels?: { values: string[] }[] };
  return levels.flatMap(({ values }, depth) => {
    const frames: Frame[] = [];
    for (let i = 0, end = 0; i + 3 < values.length; i += 4) {
      const [gap = 0, width = 0, , name = 0] = values.slice(i, i + 4).map(Number);
      frames.push({ name: names[name] ?? "?", depth, begin: end + gap, width });
      end += gap + width;
    }
    return frames;
  });
}

/** The choices of each variable. */
export const choices = (dashboard: Dashboard, { prometheus, service }: Answers): Promise<string[][]> =>
  Promise.all(
    choicesOf(dashboard).map((text) => {
      const [, selector = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(filledIn(text, service)) ?? [];
      return prometheus.labelValues(label, selector);
    }),
  );

/** Panels that show nothing. */
export const emptyOf = (answers: Answer[]): string[] =>
  answers
    .filter(({ courses, frames }) => courses.length === 0 && frames.length < 2)
    .map(({ panel, target }) => `${panel.title} ${target.refId}: ${target.expr ?? target.labelSelector}`);
