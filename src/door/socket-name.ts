// What is the control socket of an agent called?
// SPDX-License-Identifier: MPL-2.0

export const socketName = (agentPid: number): string => `agent-${agentPid}.sock`;

/** null: no name of ours. */
export function agentOfSocket(name: string): number | null {
  const [, pid] = /^agent-(\d{1,10})\.sock$/.exec(name) ?? [];
  return pid === undefined ? null : Number(pid);
}
