// What is left of a URL, or of a field that may hold one, before it is kept or leaves a page?
// SPDX-License-Identifier: MPL-2.0
import type { Meta } from "./wire.js";

/** Scheme, host and harmless path segments; `:redacted` for what cannot be parsed. */
export declare const redactUrl: (url: string) => string;
/** Redacting it changes nothing. */
export declare const isRedacted: (url: string) => boolean;
/** A copy in which URLs are redacted; `network.redacted_url` stays as it is (checked, not rewritten). */
export declare const redactMeta: (meta: Meta) => Meta;
