// What counts where looking fails? For what may vanish while it is read, or was never well-formed: a value instead of an error.
// SPDX-License-Identifier: MPL-2.0

/** What `look` returns; `otherwise` when it throws, whatever the error is. */
export function attempt<Seen, Otherwise>(look: () => Seen, otherwise: Otherwise): Seen | Otherwise {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
