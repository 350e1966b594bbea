// Where do spans go, by the variables of OpenTelemetry? Nowhere unless one names an endpoint or an exporter.
// SPDX-License-Identifier: MPL-2.0

export interface Endpoint {
  url: string;
  headers: Record<string, string>;
  /** Name of the service. */
  service: string;
}

const LOCAL = "http://localhost:4318";

/** null: none is asked for. */
export function endpointIn(environment: Record<string, string | undefined>): Endpoint | null {
  const text = (name: string): string => environment[name]?.trim() ?? "";
  const exporter = text("OTEL_TRACES_EXPORTER");
  if (/^true$/i.test(text("OTEL_SDK_DISABLED")) || exporter === "none") return null;
  const own = text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = text("OTEL_EXPORTER_OTLP_ENDPOINT") || (exporter === "otlp" ? LOCAL : "");
  const url = own || (base === "" ? "" : `${base.replace(/\/+$/, "")}/v1/traces`);
  if (!URL.canParse(url)) return null;
  const headers = { ...pairs(text("OTEL_EXPORTER_OTLP_HEADERS")), ...pairs(text("OTEL_EXPORTER_OTLP_TRACES_HEADERS")) };
  return { ...withoutUser(url, headers), service: text("OTEL_SERVICE_NAME") || "gst-pyroscope-serve" };
}

/** A user in the address becomes the header that it stands for: fetch takes no such address. */
function withoutUser(url: string, headers: Record<string, string>): Pick<Endpoint, "url" | "headers"> {
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return { url, headers };
  const user = `${decoded(parsed.username)}:${decoded(parsed.password)}`;
  parsed.username = "";
  parsed.password = "";
  const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  return { url: parsed.href, headers: { Authorization: authorization, ...headers } };
}

/** `name=value,name=value`, values percent-encoded. */
function pairs(text: string): Record<string, string> {
  const parts = text.split(",").map((part) => /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(part));
  return Object.fromEntries(parts.flatMap((part) => (part === null ? [] : [[part[1], decoded(part[2] ?? "")]])));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
