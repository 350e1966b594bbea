// Why did no answer come? A sentence for each way in which a connection fails, whichever layer noticed. TABLE: reasons.
// SPDX-License-Identifier: MPL-2.0

interface ReasonRow {
  /** In an error's code and message; `name` is the host's. */
  seen: RegExp;
  says: string;
}

/** The first that fits: the particular ones stand before the general ones. */
const reasonTable: readonly ReasonRow[] = [
  {
    seen: /ENOTFOUND (?!getaddrinfo)(?<name>\S+)|Name resolution failed for target (dns:)?(?<target>\S+?)(:\d+)?$/,
    says: "the name does not resolve",
  },
  { seen: /ENOTFOUND/, says: "the name does not resolve" },
  { seen: /EAI_AGAIN/, says: "the name does not resolve: no name server answers" },
  { seen: /ECONNREFUSED/, says: "the connection was refused: nothing listens at this address and port" },
  { seen: /ETIMEDOUT/, says: "no answer to the attempt to connect" },
  { seen: /EHOSTUNREACH|EHOSTDOWN/, says: "the machine cannot be reached" },
  { seen: /ENETUNREACH|EADDRNOTAVAIL/, says: "there is no route to this address" },
  { seen: /CERT_HAS_EXPIRED|certificate has expired/, says: "the server's certificate has expired" },
  {
    seen: /CERT_NOT_YET_VALID|certificate is not yet valid/,
    says: "the server's certificate is not valid yet: are the clocks right?",
  },
  {
    seen: /SELF_SIGNED_CERT|self[- ]signed certificate/,
    says: "the server's certificate is self-signed, or its authority is: name it (NODE_EXTRA_CA_CERTS, OTEL_EXPORTER_OTLP_CERTIFICATE)",
  },
  {
    seen: /UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)|unable to (get (local )?issuer|verify the first) certificate/,
    says: "the authority of the server's certificate is unknown: name it (NODE_EXTRA_CA_CERTS, OTEL_EXPORTER_OTLP_CERTIFICATE)",
  },
  {
    seen: /ALTNAME_INVALID|does not match certificate's altnames/,
    says: "the server's certificate is for another name",
  },
  {
    seen: /certificate required|CERTIFICATE_REQUIRED|handshake failure|HANDSHAKE_FAILURE|bad certificate|BAD_CERTIFICATE|unknown ca|UNKNOWN_CA/,
    says: "the server refused the TLS handshake: does it want a certificate of ours?",
  },
  {
    seen: /Protocol error|ERR_HTTP2|no application protocol|NO_APPLICATION_PROTOCOL/,
    says: "the answer is not gRPC (HTTP/2): is this the right port, is http/protobuf meant?",
  },
  {
    seen: /wrong version number|WRONG_VERSION_NUMBER|packet length too long|PACKET_LENGTH_TOO_LONG|tlsv1 alert|disconnected before secure TLS/,
    says: "this is not a TLS server, or it closed the connection at once: is http:// meant?",
  },
  { seen: /HPE_|Parse Error/, says: "the answer is not HTTP: is this the right port, is https:// meant?" },
  {
    seen: /ECONNRESET|EPIPE|socket hang up|Failed to connect \(|Connection dropped|Socket closed/,
    says: "the server closed the connection without an answer: is this the right port, is https:// meant?",
  },
];

/** One sentence, with the code that a search finds more about by. */
export function reasonOf(error: unknown): string {
  const { code = "", message = "", errors } = error as { code?: string; message?: string; errors?: unknown[] };
  // Of several addresses that were tried the first one's failure stands for all.
  if (code === "" && message === "" && errors?.[0] !== undefined) return reasonOf(errors[0]);
  return reasonIn(`${code} ${message}`.trim(), code);
}

/** Of a text that has such a failure in it; the text itself where none is known. */
export function reasonIn(text: string, code = ""): string {
  for (const { seen, says } of reasonTable) {
    const found = seen.exec(text);
    if (found === null) continue;
    const name = found.groups?.name ?? found.groups?.target;
    const sentence = name ? says.replace("the name", `the name ${name}`) : says;
    return code === "" ? sentence : `${sentence} (${code})`;
  }
  return text;
}
