// Do the proofs hold that take longer than a test run may? The oracle steps through code, storms blow on the tracer, pads churn,
// GStreamer is rebuilt with names, a capture grows for a week, short programs leave nothing, pipelines come and go, a viewer's
// stall names what was made slow.
//   npm test -- oracle [--steps N] [--seconds S] [--only TEXT] [--store DIR]
//   npm test -- churn [--minutes 10]
//   npm test -- wall [--seconds 60] [--rounds 200]
//   npm test -- rebuild [--keep] [--jobs N]
//   npm test -- captures
//   npm test -- week [--windows 60480] [--bytes 67108864]
//   npm test -- soak [--programs 500] [--seed 1] [--at-once 4]
//   npm test -- sessions [--sessions 10000]
//   npm test -- stalls [--load 20] [--part 2/5] [--only TEXT] [--limit N] [--dry]
//   npm test -- diffs [--pairs 20] [--seconds 8]
//   npm test -- storms [--seconds S] [--only TEXT] [--sanitize address|thread|all]
// SPDX-License-Identifier: MPL-2.0
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { root, run, StepFailed, step, tool } from "./steps.mjs";

const sanitizers = { address: "address;undefined", thread: "thread" };

/** A build folder of its own for each sanitizer: they cannot be mixed. */
function buildSanitized(kind) {
  const folder = `build/sanitize-${kind}`;
  const jobs = String(availableParallelism());
  run("cmake", ["-S", ".", "-B", folder, "-DCMAKE_BUILD_TYPE=Release", `-DPYRO_SANITIZE=${sanitizers[kind]}`]);
  run("cmake", ["--build", folder, "--target", "storms", "--parallel", jobs]);
  return `${root}${folder}/tests/storms`;
}

/** Takes `--sanitize KIND` out of the arguments: the rest is for the program. */
function kindsOf(args) {
  const at = args.indexOf("--sanitize");
  if (at < 0) return [];
  const [, kind] = args.splice(at, 2);
  if (kind === "all") return Object.keys(sanitizers);
  if (kind in sanitizers) return [kind];
  throw new StepFailed(`--sanitize takes address, thread or all, not ${kind}`);
}

export async function storms(args) {
  const kinds = kindsOf(args);
  if (kinds.length === 0) await build({ tests: true });
  const programs = kinds.length === 0 ? [[`${root}build/tests/storms`, "as it is"]] : [];
  for (const kind of kinds) await step(`build, ${kind}`, () => programs.push([buildSanitized(kind), kind]));
  let passed = true;
  for (const [program, how] of programs)
    passed = (await step(`storms, ${how}`, () => run(program, args, { allowFailure: true }))) && passed;
  return passed;
}

export async function churn(args) {
  await build({ tests: true });
  return step("churn", () => run(`${root}build/tests/pad_churn`, args, { allowFailure: true }));
}

/** No call is interrupted at full rate; stacks of blocked threads equal another unwinder's. */
export async function wall(args) {
  const { values } = parseArgs({
    args,
    options: { seconds: { type: "string", default: "60" }, rounds: { type: "string", default: "200" } },
  });
  await build({ tests: true });
  const calls = await step("interrupted calls", () =>
    run(`${root}build/tests/eintr`, [values.seconds], { allowFailure: true }),
  );
  const stacks = await step("stacks", () =>
    run(`${root}build/tests/wall_oracle`, [values.rounds], { allowFailure: true }),
  );
  return calls && stacks;
}

export async function oracle(args) {
  await build({ tests: true });
  return step("oracle", () => run(`${root}build/tests/single_step`, args, { allowFailure: true }));
}

/** As test/src/capture/week.test.ts, whose taste is in each run. */
export async function week(args) {
  const options = { windows: { type: "string", default: "60480" }, bytes: { type: "string", default: "67108864" } };
  const { windows, bytes } = parseArgs({ args, options }).values;
  await build({ tests: false });
  const env = { ...process.env, PYRO_WHOLE: "1", PYRO_WEEK_WINDOWS: windows, PYRO_WEEK_BYTES: bytes };
  const test = ["run", "test/src/capture/week.test.ts"];
  return step("a week of a capture", () => run(tool("vitest"), test, { allowFailure: true, env }));
}

/** Captures of an hour, all that does harm, hundreds of mutations: of these, too, a taste is in each run. */
export async function captures() {
  await build({ tests: false });
  const tests = ["large", "hostile", "fuzz", "reader", "week"].map((name) => `test/src/capture/${name}.test.ts`);
  const env = { ...process.env, PYRO_WHOLE: "1" };
  return step("captures", () => run(tool("vitest"), ["run", ...tests], { allowFailure: true, env }));
}

export async function rebuild(args) {
  await build({ tests: false });
  // Needs the npm packages, which this file must not: it is loaded before set-up.
  const { proveRebuild } = await import("./rebuild-proof.mjs");
  return proveRebuild(args);
}

/** Programs of 0.02 to 1.5 s, ended in six ways: no agent, descriptor, segment or port is left ten seconds later. */
export async function soak(args) {
  const text = (usual) => ({ type: "string", default: usual });
  const options = { programs: text("500"), seed: text("1"), "at-once": text("4") };
  const { values } = parseArgs({ args, options });
  await build({ tests: false });
  Object.assign(process.env, {
    SOAK_PROGRAMS: values.programs,
    SOAK_SEED: values.seed,
    SOAK_AT_ONCE: values["at-once"],
  });
  const config = ["--config", "test/soak/vitest.config.ts"];
  return step("soak", () => run(tool("vitest"), ["run", ...config], { allowFailure: true }));
}

/** Pipelines that come and go, of each kind so many: the living have names, nothing is lost or grows. A taste is in each run. */
export async function sessions(args) {
  const { values } = parseArgs({ args, options: { sessions: { type: "string", default: "10000" } } });
  await build({ tests: false });
  const env = { ...process.env, PYRO_SESSIONS: values.sessions };
  return step("sessions", () => run(tool("vitest"), ["run", "test/e2e/sessions.test.ts"], { allowFailure: true, env }));
}

/** Hours of one fault at a time in real pipelines with real viewers; it goes on where it ended. `--dry` needs no build. */
export async function stalls(args) {
  if (!args.includes("--dry")) await build({ tests: false });
  return step("stalls", () => run(process.execPath, ["test/stalls/run.mjs", ...args], { allowFailure: true }));
}

/** Fresh runs of a real pipeline, compared: the same again is no change, 20 % more CPU time in one element is one. */
export async function diffs(args) {
  await build({ tests: true });
  return step("diffs", () => run(process.execPath, ["test/diffs/run.mjs", ...args], { allowFailure: true }));
}
