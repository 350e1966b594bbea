// Does a frame write what changed and nothing else, and is the terminal as it was afterwards?
import { describe, expect, it } from "vitest";
import { Screen } from "../../../../src/terminal/top/screen.js";
import { DrawnScreen } from "../../../helpers/drawn-screen.js";

function begin() {
  const writes: string[] = [];
  const drawn = new DrawnScreen();
  const screen = new Screen((text) => {
    writes.push(text);
    drawn.write(text);
  });
  return { screen, drawn, writes };
}
const size = { rows: 3, columns: 10 };

describe("the screen", () => {
  it("shows each line in its row, and a frame is one write", () => {
    const { screen, drawn, writes } = begin();
    screen.enter();
    screen.draw(["one", "two", "three"], size);
    expect(drawn.lines).toEqual(["one", "two", "three"]);
    expect(writes).toHaveLength(2);
  });

  it("writes only lines that changed, and nothing where none did", () => {
    const { screen, drawn, writes } = begin();
    screen.enter();
    screen.draw(["one", "two", "three"], size);
    screen.draw(["one", "2", "three"], size);
    expect(drawn.lines).toEqual(["one", "2", "three"]);
    expect(writes.at(-1)).not.toMatch(/one|three/);
    const before = writes.length;
    screen.draw(["one", "2", "three"], size);
    expect(writes).toHaveLength(before);
  });

  it("is drawn whole when its size is another one, or somebody else may have written there", () => {
    const { screen, drawn, writes } = begin();
    screen.enter();
    screen.draw(["one", "two", "three"], size);
    screen.draw(["one", "two"], { rows: 2, columns: 10 });
    expect(drawn.lines).toEqual(["one", "two"]);
    screen.forget();
    screen.draw(["one", "two"], { rows: 2, columns: 10 });
    expect(writes.at(-1)).toMatch(/one[\s\S]*two/);
  });

  it("gives back the other screen, the cursor and the end of lines; once", () => {
    const { screen, drawn, writes } = begin();
    screen.enter();
    screen.enter();
    expect([drawn.other, drawn.cursor, drawn.wraps]).toEqual([true, false, false]);
    screen.draw(["one"], size);
    screen.leave();
    expect([drawn.other, drawn.cursor, drawn.wraps]).toEqual([false, true, true]);
    const before = writes.length;
    screen.leave();
    screen.draw(["late"], size);
    expect(writes).toHaveLength(before);
  });
});
