// What are the modules, functions and labels called in test/fixtures/folded-windows.json.br? Made up by number, the same each time.

/** One kind of samples, and what the windows and profiles of them were when they were recorded. */
export interface FoldedCase {
  name: string;
  limits: { bytes: number; labelSets: number };
  owners: boolean;
  /** Entries of the directory, or records in base64: as they came, one after the other. */
  ticks: ({ entries: unknown[] } | { records: string; count: number })[];
  /** The directory says what is what; else label sets are made up. */
  real: boolean;
  /** Per profile, before compression; 0: as for a server. */
  profileBytes: number;
  profileSamples: number;
  window: FoldedCounts;
  profiles: FoldedProfile[];
}

export interface FoldedCounts {
  samples: number;
  totalNs: number;
  folded: number;
  refused: number;
  rows: number;
  frames: number;
}

export interface FoldedProfile {
  kind: "cpu" | "wall";
  forServer: boolean;
  /** In the order of its parts: pprof in base64. */
  parts: string[];
  /** Of each part: samples, uniqueSamples, totalNs, reachedRoot, inferred, frames, framesNamed, framesByType, framesByRole. */
  sums: Record<string, number>[];
}

interface Named {
  name: string;
  named: boolean;
  start?: number;
  origin?: "type" | "role";
  raw?: string;
  lines?: { name: string; file: string; line: number }[];
}

/** Module of code that was made at run time, where label sets are made up. */
export const GENERATED = 4;

const inlined = (n: number): Named => ({
  name: `outer${n % 9}`,
  named: true,
  lines: [
    { name: `inner${n % 5}`, file: "src/inner.c", line: n % 100 },
    { name: `outer${n % 9}`, file: "src/outer.c", line: 0 },
  ],
});

/** What a frame is called: every kind of name that there is. */
export function nameOf(module: number, offset: number): Named {
  const n = (offset + 31 * module) % 9973;
  const raw = `lib${module}.so+fn@0x${(offset - (offset % 16)).toString(16)}`;
  if (module === GENERATED) return { name: "[orc jit]", named: false };
  if (module === 0) return { name: offset === 1 ? "[unloaded]" : "[unknown]", named: false };
  if (n % 101 === 0) return { name: `\ud800\0${"ü".repeat(3000)}`, named: true };
  if (n % 7 === 0) return inlined(n);
  if (n % 7 === 1) return { name: `GstThing${n % 4}::chain`, named: false, start: offset, origin: "type", raw };
  if (n % 7 === 2) return { name: "[runs a task]", named: false, start: offset, origin: "role", raw };
  if (n % 7 === 3) return { name: raw, named: false, start: offset - (offset % 16) };
  return { name: n % 97 === 0 ? "" : `function_${n % 211}`, named: true };
}

export function moduleOf(id: number) {
  if (id === 0 || id > 60) return undefined;
  const kind = id === GENERATED ? ("jit" as const) : ("file" as const);
  return {
    path: id === GENERATED ? "" : `/usr/lib/lib${id}.so`,
    buildId: id % 5 === 0 ? "" : `ab${id}`,
    size: 4096,
    kind,
  };
}

/** Numbers of label sets by their ids, in the order in which they are asked for. */
export class MadeUpSets {
  readonly version = 0;
  readonly #numbers = new Map<string, number>();

  numberOf(element: number, thread: number, chain: Uint32Array): number {
    const key = `${element % 8191} ${thread} ${chain.join(" ")}`;
    const number = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }

  labels(set: number): [string, string][] {
    return [
      ["pipeline", `p${set % 3}`],
      ["element", `e${set}`],
      ["factory", set % 4 === 0 ? "" : "identity"],
      ["a-b.c", "x\ud800y"],
    ];
  }
}

/** What blocked threads wait in. */
export const waitOf = (number: number): string => (number < 0 ? `wait${-number}` : `syscall_${number}`);
