// Which functions does the target itself name, most of which have no symbol? Lines of its directory in, names out. Pure.
// SPDX-License-Identifier: MPL-2.0

import type { NameOrigin } from "./symbol.js";
import { FUNCTION_FROM_ROLE, FUNCTION_FROM_TYPE } from "./wire.js";

export interface FunctionName {
  name: string;
  origin: NameOrigin;
}

const origins: Readonly<Record<string, NameOrigin>> = { [FUNCTION_FROM_TYPE]: "type", [FUNCTION_FROM_ROLE]: "role" };
/** "<module id> <address> <origin> <name>", numbers in hexadecimal; what a number cannot hold is no address. */
const LINE = /^([0-9a-f]{1,8}) ([0-9a-f]{1,13}) (\w)(?: (.*))?$/;
/** A text that was too long ends with it: its last name is not whole. */
const CUT = "…";
/** As much as the whole directory holds: a target that names more than that is none of ours. */
const MOST_BYTES = 768 * 1024;
/** Of a line without its name, at least. */
const LINE_BYTES = 8;

const bytesOf = (name: string): number => (name === "" ? 0 : LINE_BYTES + name.length);

export class FunctionNames {
  /** By module and address. A module may come after the names of its functions. */
  readonly #modules = new Map<number, Map<number, Partial<Record<NameOrigin, FunctionName>>>>();
  #bytes = 0;

  /** The text of one entry of the directory. Lines that are none are skipped. */
  add(text: string): void {
    for (const line of text.split("\n")) {
      const [, module = "", address = "", letter = "", name = ""] = LINE.exec(line) ?? [];
      const origin = origins[letter];
      if (origin !== undefined && !name.endsWith(CUT))
        this.#put(Number.parseInt(module, 16), Number.parseInt(address, 16), { name, origin });
    }
  }

  /** What the function that begins there is called: after its class or pad, else after what it was seen to do. */
  of(module: number, address: number): FunctionName | undefined {
    const named = this.#modules.get(module)?.get(address);
    return named?.type ?? named?.role;
  }

  /** A later name takes the place of an earlier one of its kind, an empty one takes it away. */
  #put(module: number, address: number, given: FunctionName): void {
    const { name, origin } = given;
    const functions = this.#modules.get(module) ?? new Map<number, Partial<Record<NameOrigin, FunctionName>>>();
    const named = functions.get(address) ?? {};
    const more = bytesOf(name) - bytesOf(named[origin]?.name ?? "");
    if (this.#bytes + more > MOST_BYTES) return;
    this.#bytes += more;
    if (name !== "") named[origin] = given;
    else delete named[origin];
    if (Object.keys(named).length > 0) functions.set(address, named);
    else functions.delete(address);
    if (functions.size > 0) this.#modules.set(module, functions);
    else this.#modules.delete(module);
  }
}
