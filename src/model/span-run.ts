// How do encoded spans wait and travel? Many in one buffer, of which a part is a view: no object for a span.
// SPDX-License-Identifier: MPL-2.0

/** What stands in an export before so many bytes of spans: whole fields of OTLP's ScopeSpans, one behind the other. */
export type RequestHead = (spanBytes: number) => Uint8Array;

export class SpanRun {
  readonly #bytes: Uint8Array;
  readonly #ends: Uint32Array;
  readonly #from: number;
  readonly #to: number;

  /** `ends`: where each span ends in `bytes`; of these the spans from `from` to before `to`. */
  constructor(bytes: Uint8Array, ends: Uint32Array, from = 0, to = ends.length) {
    this.#bytes = bytes;
    this.#ends = ends;
    this.#from = from;
    this.#to = to;
  }

  get count(): number {
    return this.#to - this.#from;
  }

  get length(): number {
    return this.#offset(this.#to) - this.#offset(this.#from);
  }

  /** A view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#offset(this.#from), this.#offset(this.#to));
  }

  /** Where a span of it ends, from the begin of the run. */
  endOf(index: number): number {
    return this.#offset(this.#from + index + 1) - this.#offset(this.#from);
  }

  /** The spans from this one to before that one; fewer where there are fewer. */
  slice(from: number, to = this.count): SpanRun {
    const at = (index: number): number => Math.min(this.#to, this.#from + index);
    return new SpanRun(this.#bytes, this.#ends, at(from), at(to));
  }

  /** The first `most` spans; fewer once they have so many bytes. */
  first(most: number, bytes: number): SpanRun {
    const enough = this.#offset(this.#from) + bytes;
    const last = Math.min(this.#to, this.#from + most);
    let to = this.#from;
    while (to < last && this.#offset(to) < enough) to++;
    return new SpanRun(this.#bytes, this.#ends, this.#from, to);
  }

  #offset(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }
}
