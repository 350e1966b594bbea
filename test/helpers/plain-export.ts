// What is an export of metrics to a collector where nothing is set? gRPC in the clear, counts since the start, no bound for one try.
export const plainExport = {
  protocol: "grpc",
  exact: false,
  headers: {},
  timeoutMs: Number.POSITIVE_INFINITY,
  delta: false,
} as const;
