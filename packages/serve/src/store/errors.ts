// Why does a store not take or give what it was asked for, and what can be done about it?
// SPDX-License-Identifier: MPL-2.0

/** More waits to be written than the queue may hold; the same batch is welcome a little later. */
export class StoreBusy extends Error {
  override name = "StoreBusy";
}

/** The disk is full. Reading goes on, and writing too as soon as there is room. */
export class StoreFull extends Error {
  override name = "StoreFull";
}

/** The data directory cannot be opened: the message is a sentence for a person and says what to do. */
export class StoreUnusable extends Error {
  override name = "StoreUnusable";
}
