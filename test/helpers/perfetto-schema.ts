// What does the published schema of Perfetto say of a trace? A strict reader made of the descriptor in the package that Perfetto publishes.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { decodeMessage, type Field, type FieldType, type Message, type Schema } from "./protobuf.js";

const wheel = new URL("../../build/perfetto/perfetto-0.59.1-py3-none-any.whl", import.meta.url).pathname;
/** Set-up fetches it; see scripts/setup.mjs. */
export const hasPerfettoSchema = existsSync(wheel);

const module = "perfetto/protos/perfetto/trace/perfetto_trace_pb2.py";
/** The descriptor is a literal in a file that is made by protoc; nothing of the package is run. */
const script = `import ast, sys, zipfile
text = zipfile.ZipFile(sys.argv[1]).read("${module}").decode()
begin = text.index("AddSerializedFile(") + len("AddSerializedFile(")
sys.stdout.buffer.write(ast.literal_eval(text[begin : text.index(")\\n", begin)]))`;

const repeated = true;
/** Of google/protobuf/descriptor.proto; what we need not is read and left alone. */
const rest = (numbers: readonly number[]): Record<number, Field> =>
  Object.fromEntries(numbers.map((number) => [number, { name: `_${number}`, type: "bytes", repeated }]));
const fieldRow: Schema = {
  ...rest([2, 7, 8, 10]),
  1: { name: "name", type: "string" },
  3: { name: "number", type: "varint" },
  4: { name: "label", type: "varint" },
  5: { name: "type", type: "varint" },
  6: { name: "typeName", type: "string" },
  9: { name: "oneof", type: "varint" },
  17: { name: "optional", type: "bool" },
};
const messageRow: { [tag: number]: Field } = {
  ...rest([4, 5, 6, 7, 8, 9]),
  1: { name: "name", type: "string" },
  2: { name: "fields", type: fieldRow, repeated },
  10: { name: "reserved", type: "string", repeated },
};
messageRow[3] = { name: "nested", type: messageRow, repeated };
const fileRow: Schema = {
  ...rest([5, 6, 7, 8, 9]),
  1: { name: "name", type: "string" },
  2: { name: "package", type: "string" },
  3: { name: "dependency", type: "string", repeated },
  4: { name: "messages", type: messageRow, repeated },
  12: { name: "syntax", type: "string" },
};

/** FieldDescriptorProto.Type; floats of 32 bits and groups we write none. */
const types: Record<number, FieldType> = {
  ...{ 1: "double", 3: "varint64", 4: "varint64", 5: "varint", 6: "fixed64", 7: "fixed32", 8: "bool", 9: "string" },
  ...{ 12: "bytes", 13: "varint", 14: "varint", 17: "sint", 18: "sint", 16: "fixed64", 15: "fixed32" },
};
const MESSAGE = 11;
const REPEATED = 3;

/** By full name; of each message its fields by number, and by name. */
export class PerfettoSchema {
  readonly #rows = new Map<string, Message>();
  readonly #schemas = new Map<string, Schema>();

  constructor() {
    const options = { maxBuffer: 1 << 26 };
    const file = decodeMessage(execFileSync("python3", ["-c", script, wheel], options), fileRow);
    for (const message of file.messages) this.#add(`.${file.package}.${message.name}`, message);
  }

  trace(bytes: Uint8Array): Message {
    return decodeMessage(bytes, this.#schema(".perfetto.protos.Trace"));
  }

  /** undefined: there is no such message. "Clock" finds ClockSnapshot.Clock. */
  numbers(message: string): Record<string, number> | undefined {
    const name = [`.perfetto.protos.${message}`, ...this.#rows.keys()].find(
      (one) => this.#rows.has(one) && one.endsWith(`.${message}`),
    );
    const fields: Message[] | undefined = this.#rows.get(name ?? "")?.fields;
    return fields && Object.fromEntries(fields.map((field) => [field.name, field.number]));
  }

  #add(name: string, message: Message): void {
    this.#rows.set(name, message);
    for (const nested of message.nested) this.#add(`${name}.${nested.name}`, nested);
  }

  /** Messages hold each other: a field's type is looked up when it is met. */
  #schema(name: string): Schema {
    const known = this.#schemas.get(name);
    if (known !== undefined) return known;
    const schema: { [tag: number]: Field } = {};
    this.#schemas.set(name, schema);
    for (const field of this.#rows.get(name)?.fields ?? []) {
      const type = () => (field.type === MESSAGE ? this.#schema(field.typeName) : (types[field.type] as FieldType));
      const row = { name: field.name, ...(field.label === REPEATED && { repeated }) };
      Object.defineProperty(schema, field.number, { enumerable: true, get: () => ({ ...row, type: type() }) });
    }
    return schema;
  }
}
