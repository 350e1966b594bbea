// How does a sentence read that holds names of elements, pipelines and errors, whatever script or signs these have?
// SPDX-License-Identifier: MPL-2.0
import { shownText } from "@gst-pyroscope/contract/shown-text";

interface SentenceRequest {
  text: string;
  /** Names that may stand in it; what stands in quotation marks is one in any case. */
  names?: readonly (string | undefined)[];
}

/** From left to right as our words are, each name apart from them. */
export function Sentence({ text, names = [] }: SentenceRequest) {
  return (
    <span dir="ltr" class="sentence">
      {sentenceParts(text, names).map((part, place) =>
        place % 2 === 1 ? <bdi key={place}>{part}</bdi> : <Words key={place} text={part} />,
      )}
    </span>
  );
}

/** A number and its unit stay on one line. */
function Words({ text }: { text: string }) {
  return (
    <>
      {text.split(/(\d+(?:\.\d+)? m?s(?![a-z]))/).map((part, place) =>
        place % 2 === 1 ? (
          <span key={place} class="whole">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </>
  );
}

/** Words of ours and names in turn. */
export function sentenceParts(text: string, names: SentenceRequest["names"] = []): string[] {
  const known = names.flatMap((name) => (name ? [shownText(name)] : []));
  const longest = [...new Set(known)].sort((a, b) => b.length - a.length).map(escaped);
  return shownText(text).split(new RegExp(`(${[...longest, "(?<=“)[^”]*(?=”)"].join("|")})`, "u"));
}

const escaped = (name: string): string => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
