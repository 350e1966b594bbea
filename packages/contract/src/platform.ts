// Which parts of the platform, the same in browsers and in Node, does the contract use?
// SPDX-License-Identifier: MPL-2.0

export interface ParsedUrl {
  protocol: string;
  username: string;
  password: string;
  host: string;
  pathname: string;
  search: string;
  hash: string;
}

/** Declared here because the contract is compiled with neither the types of the DOM nor those of Node. */
const platform = globalThis as unknown as {
  URL: new (url: string) => ParsedUrl;
  TextEncoder: new () => { encode(text: string): Uint8Array };
  TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };
  btoa(binary: string): string;
  atob(base64: string): string;
};

export function parseUrl(text: string): ParsedUrl | null {
  try {
    return new platform.URL(text);
  } catch {
    return null;
  }
}

export function toBase64Url(text: string): string {
  const bytes = new platform.TextEncoder().encode(text);
  const base64 = platform.btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** null: not base64url without padding, or not UTF-8. */
export function fromBase64Url(text: string): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    const binary = platform.atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new platform.TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
