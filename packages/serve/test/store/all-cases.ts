// Which cases must each store pass?
// SPDX-License-Identifier: MPL-2.0
import { type Case, cases } from "./cases.js";
import { readingCases } from "./cases-reading.js";
import { removalCases } from "./cases-removal.js";
import { stallCases } from "./cases-stalls.js";
import { startupCases } from "./cases-startups.js";
import { windowAgeCases } from "./cases-windows-age.js";

const ofStalls = [...stallCases, ...windowAgeCases, ...startupCases];

export const allCases: Case[] = [...cases, ...readingCases, ...removalCases, ...ofStalls];
