// Do so many events at once still fit the rate that a project, a client's address and an origin have? All of them, or none is charged.
// SPDX-License-Identifier: MPL-2.0

export interface Rate {
  /** Events at once. */
  capacity: number;
  /** Events per second. */
  refill: number;
}

/** "" = not known, and then not limited by. */
export interface ChargedKeys {
  project: string;
  client: string;
  origin: string;
}

interface Bucket {
  tokens: number;
  /** Milliseconds of the clock. */
  at: number;
}

/** Of each dimension; the addresses of clients are many, and each may be forged by who owns a network. */
const MOST_BUCKETS = 20_000;

export class Limiter {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #buckets = {
    project: new Map<string, Bucket>(),
    client: new Map<string, Bucket>(),
    origin: new Map<string, Bucket>(),
  };

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#now = now;
  }

  /** 0: charged; else nothing was, and after so many seconds it would be. A batch beyond a capacity costs all of it. */
  charge(events: number, keys: ChargedKeys, ofProject: Rate = this.#rate): number {
    const now = this.#now();
    const rates = { project: ofProject, client: this.#rate, origin: this.#rate };
    const cost = Math.min(events, ...Object.values(rates).map(({ capacity }) => capacity));
    const buckets = (["project", "client", "origin"] as const).flatMap((dimension) => {
      const key = keys[dimension];
      return key === ""
        ? []
        : [{ bucket: this.#filled(this.#buckets[dimension], key, rates[dimension], now), ...rates[dimension] }];
    });
    const waits = buckets.map(({ bucket, refill }) => (cost - bucket.tokens) / refill);
    const longest = Math.max(0, ...waits);
    if (longest > 0) return Math.max(1, Math.ceil(longest));
    for (const { bucket } of buckets) bucket.tokens -= cost;
    return 0;
  }

  /** A limit of its own with this part of each rate. */
  part(share: number): Pick<Limiter, "charge"> {
    const less = ({ capacity, refill }: Rate): Rate => ({ capacity: capacity * share, refill: refill * share });
    const own = new Limiter(less(this.#rate), this.#now);
    return { charge: (events, keys, ofProject) => own.charge(events, keys, ofProject && less(ofProject)) };
  }

  /** The longest unused goes where there are too many: it is full again soonest. */
  #filled(buckets: Map<string, Bucket>, key: string, rate: Rate, now: number): Bucket {
    const bucket = buckets.get(key) ?? { tokens: rate.capacity, at: now };
    bucket.tokens = Math.min(rate.capacity, bucket.tokens + ((now - bucket.at) / 1000) * rate.refill);
    bucket.at = now;
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_BUCKETS && oldest !== undefined) buckets.delete(oldest);
    return bucket;
  }
}
