// Which parts of Node does a program take along that it may never need? They are loaded when something of them is used.
// SPDX-License-Identifier: MPL-2.0

/** TABLE: parts of Node that cost a millisecond or more to load. */
const heavy: ReadonlySet<string> = new Set([
  "child_process",
  "crypto",
  "dns",
  "http",
  "http2",
  "https",
  "net",
  "readline",
  "tls",
  "tty",
  "worker_threads",
  "zlib",
]);

/** `require` for a program whose modules say what they need in their first lines. */
export function lazily(require: NodeJS.Require): (name: string) => unknown {
  const known = new Map<string, unknown>();
  return (name) => {
    const bare = name.replace(/^node:/, "");
    if (!heavy.has(bare)) return require(name);
    const stub = known.get(bare) ?? stubOf(() => require(bare));
    known.set(bare, stub);
    return stub;
  };
}

/** Looks like the module to who asks for a name of it, which is all that a program does with one. */
function stubOf(load: () => object): object {
  let loaded: object | undefined;
  const real = (): object => (loaded ??= load());
  return new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(real(), key),
      set: (_, key, value) => Reflect.set(real(), key, value),
      has: (_, key) => Reflect.has(real(), key),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (_, key) => {
        const its = Reflect.getOwnPropertyDescriptor(real(), key);
        return its && { ...its, configurable: true };
      },
    },
  );
}
