// Which parts of hls.js does the adapter use? Described here, so that the package needs neither hls.js nor its types.
// SPDX-License-Identifier: MIT

/** What an `Hls` of hls.js 1.x offers. */
export interface HlsJs {
  on(event: never, listener: never): void;
  off(event: never, listener: never): void;
  readonly latency: number;
  readonly playingDate: Date | null;
  readonly levels: ReadonlyArray<{ bitrate: number; width: number; height: number }>;
  readonly bandwidthEstimate: number;
}

export interface Loading {
  start: number;
  first: number;
  end: number;
}

export interface ManifestLoaded {
  url?: string;
  levels?: unknown[];
  stats?: { loading: Loading };
}

export interface LevelLoaded {
  level: number;
  details: {
    url?: string;
    live: boolean;
    endSN: number;
    misses?: number;
    edge?: number;
    targetduration?: number;
  };
  stats?: { loading: Loading; total?: number };
}

export interface FragLoaded {
  frag: {
    url?: string;
    sn: number | "initSegment";
    level: number;
    type: string;
    cc: number;
    duration: number;
    programDateTime?: number | null;
    stats: { loading: Loading; total: number };
  };
  part?: { index: number; duration?: number; stats?: { loading: Loading; total: number } } | null;
}

export interface HlsError {
  type: string;
  details: string;
  fatal: boolean;
  url?: string;
  response?: { code?: number };
  frag?: { url?: string };
  context?: { url?: string };
}

export const hlsEvents = {
  manifestLoaded: "hlsManifestLoaded",
  levelLoaded: "hlsLevelLoaded",
  fragLoaded: "hlsFragLoaded",
  levelSwitched: "hlsLevelSwitched",
  error: "hlsError",
  destroying: "hlsDestroying",
} as const;
