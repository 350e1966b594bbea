// Does a plugin for another processor count every buffer? Its GStreamer runs in the root under qemu-user; the agent is this machine's own,
// from the release's files, and reads the emulated process as any other.
// SPDX-License-Identifier: MPL-2.0
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { unpacked } from "../roots/debian.mjs";
import { quietly, root, StepFailed } from "../steps.mjs";
import { miscounted } from "./counts.mjs";
import { nativeFiles } from "./native.mjs";

const buffers = 10_000;
const pipeline = `fakesrc num-buffers=${buffers} ! identity ! queue ! fakesink`.split(" ");
/** What must have been counted: buffers in, buffers out. */
export const expected = {
  fakesrc0: [0, buffers],
  identity0: [buffers, buffers],
  queue0: [buffers, buffers],
  fakesink0: [buffers, 0],
};

/** The product as it lies in a checkout, with this machine's native files of the release. */
function stageCommand(stage) {
  const files = nativeFiles("linux-x64-gnu");
  if (!existsSync(files.addon))
    throw new StepFailed(
      "linux-arm64-gnu was built, but not tried: the agent for that is of linux-x64-gnu, build it too",
    );
  rmSync(stage, { recursive: true, force: true });
  for (const folder of ["build/plugin", "build/Release"]) mkdirSync(path.join(stage, folder), { recursive: true });
  for (const name of ["dist", "package.json"])
    cpSync(path.join(root, name), path.join(stage, name), { recursive: true });
  symlinkSync(path.join(root, "node_modules"), path.join(stage, "node_modules"));
  for (const file of [files.plugin, files.guard])
    copyFileSync(file, path.join(stage, "build/plugin", path.basename(file)));
  copyFileSync(files.addon, path.join(stage, "build/Release", path.basename(files.addon)));
  return path.join(stage, "dist/cli.js");
}

/** The words that run the pipeline under the emulator. */
function emulated(chroot, home) {
  const file = "usr/bin/qemu-aarch64-static";
  const qemu = path.join(unpacked(home, "qemu-user-static", [file]), file);
  const plugins = path.dirname(nativeFiles("linux-arm64-gnu").plugin);
  const env = { GST_PLUGIN_PATH: "/pyroscope", GST_REGISTRY: "/tmp/registry", GST_REGISTRY_FORK: "no" };
  return chroot.words(["/qemu-aarch64", "/usr/bin/gst-launch-1.0", "-q", ...pipeline], {
    env,
    binds: { "/qemu-aarch64": qemu, "/pyroscope": plugins },
    network: false,
    inherits: true,
  });
}

/** The release's files for both machines: those of the other one in the target, those of this one in the agent. */
export function countEmulated(chroot, { home }) {
  const stage = path.join(root, "build/release/stage");
  const cli = stageCommand(stage);
  const capture = path.join(stage, "capture");
  quietly(process.execPath, [cli, "run", "--capture", capture, "--", ...emulated(chroot, home)]);
  const report = JSON.parse(quietly(process.execPath, [cli, "report", "--json", capture]));
  const wrong = miscounted(report, expected);
  if (wrong.length > 0) throw new StepFailed(`linux-arm64-gnu under qemu-user: ${wrong.join("; ")}`);
  console.log(
    `linux-arm64-gnu under qemu-user: ${buffers} buffers counted in each of ${Object.keys(expected).length} elements`,
  );
}
