// How is a list read a page at a time: where does it go on, and where does a page end?
// SPDX-License-Identifier: MPL-2.0
import type { CursorProblem } from "@gst-pyroscope/contract/cursors";
import type { Ctx } from "./context.js";

export type Place<At> = { after: At | undefined } | { problem: CursorProblem };

export const atCursor = <At>(text: string | undefined, read: (text: string) => Place<At>): Place<At> =>
  text === undefined ? { after: undefined } : read(text);

/** The last row of a page that others follow; `rows` has one more than the page then. */
export const pageEnd = <Row>(rows: Row[], limit: number): Row | undefined =>
  rows.length > limit ? rows[limit - 1] : undefined;

export const refusedCursor = (c: Ctx, { status, body }: CursorProblem): Response => c.json(body, status);
