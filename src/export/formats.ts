// Which formats can a capture be exported to? TABLE: their names, the ends of their file names, and what makes them.
// SPDX-License-Identifier: MPL-2.0

import { bundle } from "./bundle.js";
import { collapsed } from "./collapsed.js";
import { elementCsv } from "./element-csv.js";
import { flameSvg } from "./flame-svg.js";
import { markdown } from "./markdown.js";
import { mergedPprof } from "./merged-pprof.js";
import { perfetto } from "./perfetto/perfetto.js";
import { pipelineDot } from "./pipeline-dot.js";
import { pipelineSvg } from "./pipeline-svg.js";
import type { Chunks, ExportSource } from "./source.js";
import { speedscope } from "./speedscope.js";

export interface Format {
  /** Behind the capture's name. */
  ending: string;
  /** It is no text: not for a terminal. */
  binary?: true;
  /** Options that it can follow; the others are refused. */
  follows: readonly ("profile" | "element" | "range")[];
  help: string;
  make: (source: ExportSource) => Promise<Chunks>;
}

export const formats = {
  pprof: {
    ending: "pb.gz",
    binary: true,
    follows: ["profile", "element", "range"],
    help: "one profile of all windows, for go tool pprof and Pyroscope",
    make: mergedPprof,
  },
  collapsed: {
    ending: "collapsed.txt",
    follows: ["profile", "element", "range"],
    help: "a stack a line, for flame graph programs",
    make: collapsed,
  },
  speedscope: {
    ending: "speedscope.json",
    follows: ["element", "range"],
    help: "CPU and wall time, and threads, for speedscope",
    make: speedscope,
  },
  perfetto: {
    ending: "perfetto-trace",
    binary: true,
    follows: ["range"],
    help: "spans, queue levels, CPU and waits on one timeline, for ui.perfetto.dev",
    make: perfetto,
  },
  dot: {
    ending: "dot",
    follows: [],
    help: "the pipelines as graphs, for Graphviz",
    make: pipelineDot,
  },
  svg: {
    ending: "svg",
    follows: [],
    help: "the pipelines as a picture, for browsers and documents",
    make: pipelineSvg,
  },
  flame: {
    ending: "flame.svg",
    follows: ["profile", "element", "range"],
    help: "a flame graph as a picture, for browsers and documents",
    make: flameSvg,
  },
  csv: {
    ending: "csv",
    follows: [],
    help: "a row an element with all figures, for spreadsheets",
    make: elementCsv,
  },
  markdown: {
    ending: "md",
    follows: [],
    help: "a summary for a ticket",
    make: markdown,
  },
  bundle: {
    ending: "bundle.tar.gz",
    binary: true,
    follows: [],
    help: "all that support needs, redacted: capture, report, doctor",
    make: bundle,
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];
