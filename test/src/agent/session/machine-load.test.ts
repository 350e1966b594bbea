// Does the load of the machine say what its kernel counted between two looks, and null where it counts nothing?
import { expect, test } from "vitest";
import { Machine } from "../../../../src/agent/session/machine-load.js";

const stat = (ticks: string, running = 3) => `cpu  ${ticks}\ncpu0 1 2 3\nprocs_running ${running}\nprocs_blocked 0\n`;
const pressure = (us: number) => `some avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\nfull avg10=0.00 total=9\n`;

test("shares are those of the time between two looks", () => {
  const said = { stat: stat("100 0 100 800 0 0 0 0 50 0"), pressure: pressure(1000) };
  let now = 0;
  const machine = new Machine(
    (name) => said[name],
    () => now,
  );
  Object.assign(said, { stat: stat("150 0 150 880 0 0 0 20 90 0", 5), pressure: pressure(501_000) });
  now = 2000;
  expect(machine.next()).toMatchObject({ load: 4, steal: 0.1, pressure: 0.25 });
  now = 4000;
  expect(machine.next()).toMatchObject({ load: 4, steal: null, pressure: 0 });
});

test("a kernel that says nothing, and one that says nonsense, is not known", () => {
  const none = new Machine(() => "");
  expect(none.next()).toMatchObject({ load: 0, steal: null, pressure: null });
  expect(none.next().cpus).toBeGreaterThan(0);
});

test("this machine's own files can be read", () => {
  const { load, cpus } = new Machine().next();
  expect(load).toBeGreaterThanOrEqual(0);
  expect(cpus).toBeGreaterThan(0);
});
