// What does a person type to remove this session, or to be allowed to, whatever its name holds?
// SPDX-License-Identifier: MPL-2.0

/** npx finds the program of a checkout as well as an installed one. */
interface Named {
  session_id: string;
  project_id: string;
}

/** As one word of a shell, which takes nothing in it for its own. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** With an equals sign: a name may begin like an option. */
export const purgeCommand = ({ session_id, project_id }: Named, directory: string): string =>
  `npx gst-pyroscope serve ${quoted(`--purge-session=${session_id}`)} --project ${quoted(project_id)} --data-dir ${quoted(directory)}`;

export const tokenCommand = (project: string, directory: string): string =>
  `npx gst-pyroscope serve token add --kind admin --project ${quoted(project)} --data-dir ${quoted(directory)}`;
