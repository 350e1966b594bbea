// What does a real Prometheus have, that scrapes a target, takes OTLP and evaluates rules? And what does its promtool say?
// SPDX-License-Identifier: MPL-2.0

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, RealServer, serversHome } from "./real-server.js";

const binary = (name: string): string => join(serversHome, "bin", name);
export const missingPrometheus = ["prometheus", "promtool"].some((name) => !existsSync(binary(name)));

export const promtool = (args: string[], input = ""): SpawnSyncReturns<string> =>
  spawnSync(binary("promtool"), args, { input, encoding: "utf8" });

export interface Sample {
  metric: Record<string, string>;
  value: number;
}

/** One series: [seconds, value] each. */
export interface Course {
  metric: Record<string, string>;
  points: [number, number][];
}

export interface Rule {
  name: string;
  state: string;
  health: string;
  lastError?: string;
}

export interface PrometheusOptions {
  /** Port on this machine that is scraped every two seconds. */
  target: number;
  /** Name of the job. */
  job?: string;
  /** Paths of files. */
  rules?: string[];
}

export class RealPrometheus extends RealServer {
  readonly #port: number;
  readonly #options: PrometheusOptions;

  private constructor(port: number, options: PrometheusOptions) {
    super();
    this.#port = port;
    this.#options = options;
  }

  static async start(options: PrometheusOptions): Promise<RealPrometheus> {
    const server = new RealPrometheus(await freePort(), options);
    await server.start();
    return server;
  }

  /** For OTLP over HTTP, the whole path of metrics. */
  get otlpUrl(): string {
    return `http://127.0.0.1:${this.#port}/api/v1/otlp/v1/metrics`;
  }

  protected command() {
    const { target, job = "gst", rules = [] } = this.#options;
    const config = join(this.dir, "prometheus.yml");
    const scrape = { job_name: job, scrape_interval: "2s", static_configs: [{ targets: [`127.0.0.1:${target}`] }] };
    const global = { evaluation_interval: "5s" };
    writeFileSync(config, JSON.stringify({ global, scrape_configs: [scrape], rule_files: rules })); // JSON is YAML
    const listen = `--web.listen-address=127.0.0.1:${this.#port}`;
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${this.dir}`, listen, "--web.enable-otlp-receiver"];
    return { file: binary("prometheus"), args };
  }

  async ready(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.#port}/-/ready`)).ok;
  }

  async query(expression: string): Promise<Sample[]> {
    const data = await this.#ask("query", { query: expression });
    const { result } = data as { result: { metric: Record<string, string>; value: [number, string] }[] };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Over the last `seconds`, one point each second. */
  async course(expression: string, seconds: number): Promise<Course[]> {
    const end = Date.now() / 1000;
    const range = { start: String(end - seconds), end: String(end), step: "1" };
    const data = await this.#ask("query_range", { query: expression, ...range });
    const { result } = data as { result: { metric: Record<string, string>; values: [number, string][] }[] };
    return result.map(({ metric, values }) => ({
      metric,
      points: values.map(([at, value]) => [at, Number(value)] as [number, number]),
    }));
  }

  /** As Grafana asks for the choices of a variable. */
  async labelValues(label: string, selector: string): Promise<string[]> {
    return (await this.#ask(`label/${label}/values`, { "match[]": selector })) as string[];
  }

  async rules(): Promise<Rule[]> {
    const { groups } = (await this.#ask("rules", {})) as { groups: { rules: Rule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  async #ask(method: string, parameters: Record<string, string>): Promise<unknown> {
    const url = `http://127.0.0.1:${this.#port}/api/v1/${method}?${new URLSearchParams(parameters)}`;
    const answer = (await (await fetch(url)).json()) as { status: string; error?: string; data: unknown };
    if (answer.status !== "success") throw new Error(`${method} ${JSON.stringify(parameters)}: ${answer.error}`);
    return answer.data;
  }
}
