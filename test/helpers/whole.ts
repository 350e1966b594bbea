// How much of a proof that takes minutes does this run want? A taste in each run, the whole by `npm test -- captures`.
export const whole = process.env.PYRO_WHOLE === "1";
export const taste = <T>(some: T, all: T): T => (whole ? all : some);
