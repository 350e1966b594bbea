// Which numbers does a chart show? The same ones as a table, for those who cannot see it or want to read them off.
// SPDX-License-Identifier: MPL-2.0
import { useState } from "preact/hooks";
import { countText } from "./format.js";

interface TwinRequest {
  name: string;
  heads: string[];
  rows: string[][];
}

const AT_ONCE = 200;

/** Made when it is opened. */
export function Twin({ name, heads, rows }: TwinRequest) {
  const [open, setOpen] = useState(false);
  const [shown, setShown] = useState(AT_ONCE);
  if (rows.length === 0) return null;
  return (
    <details class="twin small" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{name}</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <section class="twin-rows" tabIndex={0} aria-label={name}>
          <table>
            <thead>
              <tr>
                {heads.map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, shown).map((row, index) => (
                <tr key={index}>
                  {row.map((cell, column) => (
                    <td key={heads[column]}>
                      <bdi>{cell}</bdi>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length > shown && (
            <button type="button" class="quiet" onClick={() => setShown(shown + AT_ONCE)}>
              Show more of {countText(rows.length)} rows
            </button>
          )}
        </section>
      )}
    </details>
  );
}
