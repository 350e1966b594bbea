// How does a person enter a range of time or a text to look for, which then are part of the address?
// SPDX-License-Identifier: MPL-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { here, hrefOf, replaceWith, stayAt } from "./places.js";
import { fieldMs, fieldText, rangeOf, timeValue } from "./range.js";

/** What is entered is taken so long after the last letter. */
const PAUSE_MS = 300;

/** The address here with other values; empty ones are left out. What is shown then begins at its first page. */
export function hereWith(values: Record<string, string>): string {
  const { page, query } = here.value;
  const all = { ...Object.fromEntries(query), cursor: "", ...values };
  return hrefOf(page, Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")));
}

export function SearchField({ name, hint }: { name: string; hint: string }) {
  const given = here.value.query.get("q") ?? "";
  const [text, setText] = useState(given);
  const pause = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(given);
  useEffect(() => {
    // What this field has put into the address itself may be older than what is in it by now.
    if (given !== sent.current) setText(given);
    sent.current = given;
  }, [given]);
  const take = (value: string): void => {
    setText(value);
    clearTimeout(pause.current);
    pause.current = setTimeout(() => {
      sent.current = value.trim();
      replaceWith(hereWith({ q: sent.current }));
    }, PAUSE_MS);
  };
  useEffect(() => () => clearTimeout(pause.current), []);
  return (
    <input
      type="search"
      class="entry"
      aria-label={name}
      placeholder={hint}
      value={text}
      onInput={(event) => take(event.currentTarget.value)}
    />
  );
}

/** `whole`: what the button says that gives the range up. */
export function RangeFields({ whole }: { whole: string }) {
  const { from, until } = rangeOf(here.value.query);
  const set = (name: "from" | "until", text: string): void => stayAt(hereWith({ [name]: timeValue(fieldMs(text)) }));
  return (
    <>
      <TimeField name="from" ms={from} set={(text) => set("from", text)} />
      <TimeField name="until" ms={until} set={(text) => set("until", text)} />
      {(from !== undefined || until !== undefined) && (
        <button type="button" class="quiet" onClick={() => stayAt(hereWith({ from: "", until: "" }))}>
          {whole}
        </button>
      )}
    </>
  );
}

function TimeField({ name, ms, set }: { name: string; ms: number | undefined; set(text: string): void }) {
  return (
    <label class="time-field">
      {name}{" "}
      <input
        type="datetime-local"
        step="1"
        class="entry"
        value={fieldText(ms)}
        onChange={(event) => set(event.currentTarget.value)}
      />
    </label>
  );
}
