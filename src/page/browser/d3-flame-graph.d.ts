// Which part of d3-flame-graph and d3-selection does the page use? They bring no types of their own.
// SPDX-License-Identifier: MPL-2.0

declare module "d3-flame-graph" {
  type FlameNode = import("../../analysis/flame.js").FlameNode;

  export interface Frame {
    data: FlameNode;
    parent: Frame | null;
    children?: Frame[];
    x0: number;
    x1: number;
    value: number;
    highlight?: boolean;
  }

  export interface Tip {
    (selection: unknown): void;
    show(event: MouseEvent, frame: Frame): void;
    hide(): void;
  }

  export interface Chart {
    (selection: unknown): void;
    width(px: number): Chart;
    cellHeight(px: number): Chart;
    minFrameSize(px: number): Chart;
    transitionDuration(ms: number): Chart;
    inverted(on: boolean): Chart;
    sort(order: (a: Frame, b: Frame) => number): Chart;
    resetHeightOnZoom(on: boolean): Chart;
    getName(of: (frame: Frame) => string): Chart;
    getValue(of: (value: FlameNode | Frame) => number): Chart;
    setColorMapper(of: (frame: Frame) => string): Chart;
    setSearchMatch(matches: (frame: Frame, term: string) => boolean): Chart;
    setSearchHandler(found: (frames: Frame[], sum: number, total: number) => void): Chart;
    onClick(handler: (frame: Frame) => void): Chart;
    tooltip(tip: Tip): Chart;
    zoomTo(frame: Frame): void;
    search(term: string): void;
    clear(): void;
    update(): void;
  }

  export default function flamegraph(): Chart;
}

declare module "d3-selection" {
  interface Selection {
    datum(): unknown;
    datum(value: unknown): Selection;
    call(chart: (selection: Selection) => void): Selection;
  }
  export function select(element: Element): Selection;
  export const selection: { prototype: object };
}
