// Has it happened yet? Looks again until it has, or until the time is up and the test fails with what was last seen.

export async function until<T>(what: string, look: () => T | Promise<T>, deadlineMs = 60_000): Promise<NonNullable<T>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<T>;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what} (last: ${JSON.stringify(seen)})`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
