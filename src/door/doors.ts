// Which agents of this user can be asked, and what do they answer? The side of the commands.
// SPDX-License-Identifier: MPL-2.0

import { unlinkSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { attempt } from "../model/attempt.js";
import { connectDoor, isStale } from "./connection.js";
import { DoorFolder } from "./folder.js";
import { agentOfSocket, socketName } from "./socket-name.js";

/** A control socket that somebody listens on. */
export interface DoorPlace {
  folder: string;
  agentPid: number;
}

export interface DoorAnswer {
  status: number;
  text: string;
}

/** An agent that is stopped, or busy for so long, does not answer. */
const ANSWER_MS = 10_000;
/** No answer that is read as a whole is larger. */
const MOST_ANSWER_BYTES = 256e6;

/** All living ones; the sockets of agents that died are removed. Throws ERR_DOOR_FOLDER where the folder is not this user's. */
export async function doors(path: string | null): Promise<DoorPlace[]> {
  const folder = path === null ? null : DoorFolder.open(path, { make: false });
  if (path === null || folder === null) return [];
  try {
    const found: DoorPlace[] = [];
    for (const name of folder.names()) {
      const agentPid = agentOfSocket(name);
      if (agentPid === null || !folder.isOwnSocket(name)) continue;
      if (await isStale(folder, name)) attempt(() => unlinkSync(folder.at(name)), undefined);
      else if (folder.isOwnSocket(name)) found.push({ folder: path, agentPid });
    }
    return found.sort((a, b) => a.agentPid - b.agentPid);
  } finally {
    folder.close();
  }
}

export interface DoorQuestion {
  method: "GET" | "POST";
  path: string;
  /** Sent as JSON. */
  body?: unknown;
}

/** The answer as it comes, such as a stream of events. Rejects where the agent does not begin to answer within `ms`. */
export async function openAnswer(place: DoorPlace, asked: DoorQuestion, ms = ANSWER_MS): Promise<IncomingMessage> {
  const socket = await connected(place);
  const body = asked.body === undefined ? "" : JSON.stringify(asked.body);
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  };
  return new Promise((resolve, reject) => {
    const { method, path } = asked;
    const sent = request({ method, path, headers, createConnection: () => socket }, (answer) => {
      clearTimeout(late);
      resolve(answer);
    });
    const late = setTimeout(() => sent.destroy(new Error(`no answer within ${ms / 1000} s`)), ms);
    sent.once("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    sent.end(body);
  });
}

/** The whole answer. */
export async function askDoor(place: DoorPlace, asked: DoorQuestion, ms = ANSWER_MS): Promise<DoorAnswer> {
  const answer = await openAnswer(place, asked, ms);
  const late = setTimeout(() => answer.destroy(new Error(`no whole answer within ${(2 * ms) / 1000} s`)), ms);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of answer) {
      bytes += piece.length;
      if (bytes > MOST_ANSWER_BYTES) throw new Error("the answer is too large");
      pieces.push(piece);
    }
    return { status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString("utf8") };
  } finally {
    clearTimeout(late);
  }
}

async function connected({ folder: path, agentPid }: DoorPlace) {
  const folder = DoorFolder.open(path, { make: false });
  const name = socketName(agentPid);
  if (folder === null) throw gone(path);
  try {
    if (!folder.isOwnSocket(name)) throw gone(`${path}/${name}`);
    return await connectDoor(folder, name);
  } finally {
    folder.close();
  }
}

/** As the system says it of a path that leads nowhere: no such socket, of this user. */
const gone = (path: string): Error => Object.assign(new Error(`${path} is no socket of this user`), { code: "ENOENT" });
