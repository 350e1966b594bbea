// Is the table of class structures made of .gir files as C lays structures out, and left alone where there are none?
// SPDX-License-Identifier: MPL-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { classSlotsInc, Girs, slotsFile } from "../../scripts/class-slots.mjs";
import { scratch } from "../helpers/scratch.js";
import { textOf } from "../helpers/tree.js";

const type = (name: string, c = name) => `<type name="${name}" c:type="${c}"/>`;
const field = (name: string, is: string) => `<field name="${name}">${is}</field>`;
const callback = (name: string) =>
  field(name, `<callback name="${name}"><return-value>${type("none")}</return-value></callback>`);

// A library as the compiler of .gir files describes it; what stands in texts is no element.
const library = `<?xml version="1.0"?>
<repository><namespace name="Gst" version="1.0">
<constant name="VERSION_MINOR" value="99" c:type="GST_VERSION_MINOR">${type("gint")}</constant>
<enumeration name="Mode" c:type="GstMode"><member name="a" value="0"/></enumeration>
<alias name="Time" c:type="GstTime">${type("guint64")}</alias>
<callback name="Work" c:type="GstWork"/>
<record name="Pair" c:type="GstPair">${field("first", type("guint8"))}${field("second", type("guint16"))}</record>
<class name="Element" parent="GObject.InitiallyUnowned" glib:type-name="GstElement" glib:type-struct="ElementClass"/>
<record name="ElementClass" c:type="GstElementClass">
  <doc>A field may be &lt;field name="no"&gt;, which is text.</doc>
  ${field("parent_class", type("GObject.InitiallyUnownedClass", "GInitiallyUnownedClass"))}
  ${field("mode", type("Mode", "GstMode"))}
  ${field("pair", type("Pair", "GstPair"))}
  ${callback("first")}
  ${field("name", type("utf8", "const gchar*"))}
  ${field("time", type("Time", "GstTime"))}
  ${field("work", type("Work", "GstWork"))}
  ${field("bytes", `<array fixed-size="3">${type("guint8")}</array>`)}
  <union name="ABI" c:type="ABI">
    <record name="abi" c:type="abi">${callback("late")}</record>
    ${field("_gst_reserved", `<array fixed-size="4">${type("gpointer")}</array>`)}
  </union>
</record>
<class name="Filter" parent="Element" glib:type-name="GstFilter" glib:type-struct="FilterClass"/>
<record name="FilterClass" c:type="GstFilterClass">
  ${field("parent_class", type("ElementClass", "GstElementClass"))}${callback("filter")}
</record>
<class name="Clock" parent="GObject.Object" glib:type-name="GstClock" glib:type-struct="ClockClass"/>
<record name="ClockClass" c:type="GstClockClass">${callback("tick")}</record>
</namespace></repository>`;

function folder(): string {
  const dir = scratch("gir");
  mkdirSync(dir);
  return dir;
}

describe("a structure", () => {
  test("has its callbacks where C has them, and only elements, pads and interfaces are in the table", () => {
    const dir = folder();
    writeFileSync(`${dir}/Gst-1.0.gir`, library);
    expect(new Girs([dir]).rows("Gst")).toEqual([
      {
        type: "GstElement",
        struct: "GstElementClass",
        size: 216,
        slots: [
          { path: "first", offset: 144 },
          { path: "work", offset: 168 },
          { path: "ABI.abi.late", offset: 184 },
        ],
      },
      { type: "GstFilter", struct: "GstFilterClass", size: 224, slots: [{ path: "filter", offset: 216 }] },
    ]);
  });
});

describe("the table", () => {
  test("stays as it is, with a sentence, where the .gir files are missing or of another version", async () => {
    const dir = folder();
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await classSlotsInc([dir])).toBe(textOf(slotsFile));
    writeFileSync(`${dir}/Gst-1.0.gir`, library);
    expect(await classSlotsInc([dir])).toBe(textOf(slotsFile));
    expect(said).toHaveBeenCalledTimes(2);
    expect(String(said.mock.calls[0])).toMatch(
      /^native.* is not looked at: the \.gir files of GStreamer 1\.\d+ are not installed\.$/,
    );
    said.mockRestore();
  });
});
