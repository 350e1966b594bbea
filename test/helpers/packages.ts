// How does a test get what npm would install? Packs this checkout's build for this platform, and puts it into a folder by npm, offline.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packAll } from "../../scripts/release/packages.mjs";
import { root } from "./pipelines.js";

export const platform = `linux-${process.arch}-gnu`;

/** Two archives: gst-pyroscope's, and that of this platform. What the build has for a debugger is left out, as in a release. */
export async function packed(dir: string): Promise<[main: string, native: string]> {
  const native = join(dir, "native");
  const folder = join(native, platform);
  mkdirSync(folder, { recursive: true });
  for (const path of ["plugin/libgstpyroscope.so", "plugin/gst-pyro-guard", "Release/pyroscope.node"])
    cpSync(`${root}build/${path}`, join(folder, path.replace(/.*\//, "")));
  for (const file of ["libgstpyroscope.so", "pyroscope.node"])
    execFileSync("strip", ["--strip-unneeded", join(folder, file)]);
  const [main = "", its = ""] = await packAll({ native, out: join(dir, "npm"), wanted: [platform] });
  return [main, its];
}

/** For a tracer that only the environment starts: nothing is sent, and so nobody warns that it does not arrive. */
export const nowhere = { GST_PYROSCOPE_SERVER_URL: "none", GST_PYROSCOPE_OTLP_ENDPOINT: "none" };

/** The registry is a port where nobody listens: each request to it fails. npm's cache and configuration are the test's own. */
export function npmEnvironment(home: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return {
    PATH,
    HOME: home,
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    npm_config_cache: join(home, ".npm"),
    npm_config_registry: "http://127.0.0.1:9/",
    npm_config_offline: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
}

/** A project with both packages in its node_modules. */
export function installed(project: string, archives: string[], home: string, flags: string[] = []): void {
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true }));
  execFileSync("npm", ["install", ...flags, ...archives], {
    cwd: project,
    env: npmEnvironment(home),
    stdio: ["ignore", "pipe", "pipe"],
  });
}
