// Which of a browser's pages of one service has the connection, and how do the others hear what it hears?
// SPDX-License-Identifier: MPL-2.0

export interface Turn<Message> {
  /** From another page. */
  hear(message: Message): void;
  /** From now on this page has the connection. When the promise ends, it is another page's turn. */
  lead(): Promise<void>;
}

/** The first page that asks leads; when it closes, the next one. Answers with what tells the other pages something. */
export function takeTurns<Message>(name: string, turn: Turn<Message>): (message: Message) => void {
  // Browsers know no locks on pages from another machine without TLS: then each page has a connection of its own.
  if (navigator.locks === undefined) {
    turn.lead();
    return () => {};
  }
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => turn.hear(data));
  navigator.locks.request(name, () => turn.lead());
  return (message) => channel.postMessage(message);
}
