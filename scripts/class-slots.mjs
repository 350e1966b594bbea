// Which callbacks stand where in the class structures of GStreamer's libraries? Reads .gir files, writes class-slots.inc.
//
// `--gir DIR` reads further .gir files, of libraries whose development package is not installed: plugins-bad's needs all
// of OpenCV, so its package is downloaded (apt-get download) and unpacked (dpkg -x) instead. What no .gir file is found
// for stays as it is.
// SPDX-License-Identifier: MPL-2.0
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { asProgram, readText, root, StepFailed } from "./steps.mjs";

export const slotsFile = "native/pads/names/class-slots.inc";
const installed = "/usr/share/gir-1.0";

/** TABLE: libraries with elements, pads or interfaces of elements. Those of plugins-bad change their structures. */
const libraries = [
  ...["Gst", "GstBase", "GstController", "GstNet", "GstAllocators", "GstApp", "GstAudio", "GstGL", "GstPbutils"],
  ...["GstRtp", "GstRtsp", "GstSdp", "GstTag", "GstVideo"],
].map((name) => ({ name, stable: true }));
const changing = [
  ...["GstBadAudio", "GstCodecs", "GstCuda", "GstInsertBin", "GstMpegts", "GstPlay", "GstPlayer", "GstTranscoder"],
  ...["GstVa", "GstVulkan", "GstWebRTC"],
].map((name) => ({ name, stable: false }));

// GObject's .gir file comes in a package with a compiler for such files; its structures are fixed for ever.
const objectCallbacks = [
  ...["constructor", "set_property", "get_property", "dispose", "finalize", "dispatch_properties_changed", "notify"],
  "constructed",
];
const byHand = [
  {
    type: "GObject",
    struct: "GObjectClass",
    size: 136,
    slots: objectCallbacks.map((path, at) => ({ path, offset: 16 + 8 * at })),
  },
  { type: "GInitiallyUnowned", struct: "GInitiallyUnownedClass", size: 136, slots: [] },
];
const sizesByHand = {
  "GObject.ObjectClass": 136,
  "GObject.InitiallyUnownedClass": 136,
  "GObject.TypeClass": 8,
  "GObject.TypeInterface": 16,
};

const sizes = {
  ...Object.fromEntries(["gint8", "guint8", "gchar", "guchar"].map((name) => [name, 1])),
  ...Object.fromEntries(["gint16", "guint16", "gshort", "gushort"].map((name) => [name, 2])),
  ...Object.fromEntries(["gboolean", "gint", "guint", "gint32", "guint32", "gfloat", "gunichar"].map((n) => [n, 4])),
  ...Object.fromEntries(["gint64", "guint64", "glong", "gulong", "gsize", "gssize", "gdouble"].map((n) => [n, 8])),
  ...Object.fromEntries(["gpointer", "gconstpointer", "utf8", "filename", "GType"].map((n) => [n, 8])),
};

/** The elements of a .gir file. Its attributes hold no ">", and its texts no "<". */
function parse(text) {
  const open = [{ tag: "", attributes: {}, children: [] }];
  for (const [, close, tag, rest, empty] of text.matchAll(/<(\/?)([a-z][\w:-]*)((?:\s[^>]*?)?)(\/?)>/g)) {
    if (close) {
      open.pop();
      continue;
    }
    const attributes = Object.fromEntries([...rest.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, is]) => [name, is]));
    const node = { tag, attributes, children: [] };
    open.at(-1).children.push(node);
    if (!empty) open.push(node);
  }
  return open[0];
}

const under = (node, ...tags) => node.children.filter(({ tag }) => tags.includes(tag));
const up = (offset, alignment) => Math.ceil(offset / alignment) * alignment;

export class Girs {
  #folders;
  #spaces = new Map();

  constructor(folders) {
    this.#folders = folders;
  }

  /** Names of a library → their elements; undefined without its .gir file. */
  space(name) {
    if (!this.#spaces.has(name)) {
      const file = this.#folders.map((folder) => `${folder}/${name}-1.0.gir`).find((path) => existsSync(path));
      const [top] = file === undefined ? [] : under(parse(readFileSync(file, "utf8")), "repository");
      const nodes = top ? under(top, "namespace").flatMap(({ children }) => children) : [];
      const named = nodes.map((node) => [node.attributes.name, node]);
      this.#spaces.set(name, file === undefined ? undefined : new Map(named));
    }
    return this.#spaces.get(name);
  }

  /** What `name` means in the library `space`: [library, element]. */
  find(name, space) {
    const [first, second] = name.split(".");
    const [library, local] = second === undefined ? [space, first] : [first, second];
    return [library, this.space(library)?.get(local)];
  }

  #sizeOf(type, space) {
    const { name = "", "c:type": c = "", "fixed-size": many } = type.attributes;
    if (type.tag === "callback") return { size: 8, alignment: 8 };
    if (type.tag === "array") {
      if (many === undefined) return { size: 8, alignment: 8 };
      const each = this.#sizeOf(under(type, "type", "array")[0], space);
      return { size: each.size * Number(many), alignment: each.alignment };
    }
    const full = name.includes(".") ? name : `${space}.${name}`;
    const size = c.endsWith("*") ? 8 : (sizes[name] ?? sizesByHand[full]);
    if (size !== undefined) return { size, alignment: Math.min(size, 8) };
    const [library, node] = this.find(name, space);
    if (node?.tag === "alias") return this.#sizeOf(under(node, "type")[0], library);
    if (node?.tag === "enumeration" || node?.tag === "bitfield") return { size: 4, alignment: 4 };
    if (node?.tag === "callback") return { size: 8, alignment: 8 };
    if (node?.tag === "record" || node?.tag === "union") return this.layout(node, library);
    throw new StepFailed(`${space}: nothing is known of the size of ${name || c}`);
  }

  /** Size of a structure or union, and where its callbacks stand: those of a structure in its place are left out. */
  layout(node, space) {
    const found = { size: 0, alignment: 1, slots: [] };
    for (const member of under(node, "field", "record", "union")) {
      const { name, bits } = member.attributes;
      if (bits !== undefined) throw new StepFailed(`${space}: ${name} is a field of bits`);
      const [type] = member.tag === "field" ? under(member, "type", "array", "callback") : [member];
      const part = member.tag === "field" ? this.#sizeOf(type, space) : this.layout(member, space);
      const offset = node.tag === "union" ? 0 : up(found.size, part.alignment);
      if (this.#isCallback(type, space)) found.slots.push({ path: name, offset });
      if (member.tag !== "field")
        found.slots.push(...part.slots.map((slot) => ({ path: `${name}.${slot.path}`, offset: offset + slot.offset })));
      found.size = Math.max(found.size, offset + part.size);
      found.alignment = Math.max(found.alignment, part.alignment);
    }
    return { ...found, size: up(found.size, found.alignment) };
  }

  #isCallback(type, space) {
    if (type.tag === "callback") return true;
    const { name = "", "c:type": c = "" } = type.attributes;
    return type.tag === "type" && !c.endsWith("*") && this.find(name, space)[1]?.tag === "callback";
  }

  #derives(name, space, from) {
    for (
      let [library, node] = this.find(name, space);
      node;
      [library, node] = this.find(node.attributes.parent ?? "", library)
    )
      if (node.attributes["glib:type-name"] === from) return true;
    return false;
  }

  /** Classes of elements and pads, what these derive from, and interfaces. */
  #isWanted(node, space) {
    if (node.tag === "interface") return true;
    if (node.tag !== "class") return false;
    const name = node.attributes["glib:type-name"];
    return (
      name === "GstObject" || ["GstElement", "GstPad"].some((from) => this.#derives(node.attributes.name, space, from))
    );
  }

  rows(space) {
    const wanted = [...this.space(space).values()].filter((node) => this.#isWanted(node, space));
    return wanted.flatMap(({ attributes }) => {
      const struct = this.space(space).get(attributes["glib:type-struct"]);
      if (struct === undefined || under(struct, "field").length === 0) return []; // its fields are nobody's business
      const { size, slots } = this.layout(struct, space);
      return [{ type: attributes["glib:type-name"], struct: struct.attributes["c:type"], size, slots }];
    });
  }

  /** The second number of GStreamer's version. */
  minor() {
    return this.space("Gst")?.get("VERSION_MINOR")?.attributes.value;
  }
}

const macroOf = (library) => `PYRO_SLOTS_${library}`;

function macro(library, rows) {
  const lines = rows.flatMap(({ type, struct, size, slots }) => [
    `  CLASS(${type}, ${struct}, ${size},`,
    ...slots.map(({ path, offset }) => `    SLOT(${struct}, ${path}, ${offset})`),
    "  )",
  ]);
  return [`#define ${macroOf(library)}(CLASS, SLOT)`, ...lines].join(" \\\n");
}

function blockOf(library, girs, before) {
  if (girs.space(library) !== undefined) {
    const rows = girs.rows(library);
    return rows.length > 0 ? macro(library, rows) : undefined;
  }
  return new RegExp(`^#define ${macroOf(library)}\\((?:.*\\\\\\n)*.*$`, "m").exec(before)?.[0];
}

function text(girs, before) {
  const blocks = [{ name: "GObject", stable: true }, ...libraries, ...changing]
    .map((library) => ({
      ...library,
      block: library.name === "GObject" ? macro("GObject", byHand) : blockOf(library.name, girs, before),
    }))
    .filter(({ block }) => block !== undefined);
  const list = blocks.map(({ name, stable }) => `  LIBRARY(${name}, ${stable})`);
  return `// TABLE: which callbacks stand where in the class structures of GStreamer's libraries? Generated by scripts/class-slots.mjs.
// SPDX-License-Identifier: MPL-2.0
#pragma once
// clang-format off

// The second number of the version that they are of: structures of plugins-bad may differ in any other.
#define PYRO_SLOTS_MINOR ${girs.minor()}

// LIBRARY(name, whether its structures keep their layout)
${["#define PYRO_SLOT_LIBRARIES(LIBRARY)", ...list].join(" \\\n")}

// CLASS(type, structure, its size in bytes, callbacks of its own part); SLOT(structure, field, offset in bytes)
${blocks.map(({ block }) => block).join("\n\n")}

// clang-format on
`;
}

/** class-slots.inc as the .gir files of `folders` have it; as it is where they are of another version, or missing. */
export async function classSlotsInc(folders = [installed]) {
  const before = readText(slotsFile) ?? "";
  const girs = new Girs(folders);
  const [, made = girs.minor()] = /PYRO_SLOTS_MINOR (\d+)/.exec(before) ?? [];
  if (girs.minor() !== undefined && girs.minor() === made) return text(girs, before);
  console.error(`${slotsFile} is not looked at: the .gir files of GStreamer 1.${made} are not installed.`);
  return before;
}

await asProgram(import.meta.url, (args) => {
  const more = args[0] === "--gir" ? args.slice(1) : [];
  const girs = new Girs([installed, ...more]);
  if (girs.minor() === undefined) throw new StepFailed(`no Gst-1.0.gir in ${[installed, ...more].join(", ")}`);
  writeFileSync(root + slotsFile, text(girs, readText(slotsFile) ?? ""));
  console.log(`${slotsFile} written`);
});
