/** Many small files as one: a tar (POSIX ustar with pax names) whose parts stay on the disk. */

const BLOCK = 512;
const text = new TextEncoder();

export interface Member {
  path: string;
  file: Blob;
}

/** The files in one Blob. It holds references: no file is read before it is sent. */
export function tarOf(members: readonly Member[]): Blob {
  const parts = members.flatMap(({ path, file }) => [
    ...pathHeader(path),
    header(shortName(path), file.size, "0"),
    file,
    padding(file.size),
  ]);
  return new Blob([...parts, new Uint8Array(2 * BLOCK)], { type: "application/x-tar" });
}

/** How many bytes a file takes in a tar. */
export function tarSize(member: Member): number {
  const { size } = member.file;
  return memberStart(member) + size + padding(size).length;
}

/** How many of them come before its own. */
export function memberStart({ path }: Member): number {
  return pathHeader(path).reduce((sum, part) => sum + part.length, BLOCK);
}

/** The path as a pax record: ustar's own field is too short, and knows no letters but ASCII. */
function pathHeader(path: string): Uint8Array<ArrayBuffer>[] {
  const record = paxRecord("path", path);
  return [header("pax", record.length, "x"), record, padding(record.length)];
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = text.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  return text.encode(`${length} ${key}=${value}\n`);
}

function header(name: string, size: number, type: string): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, value: string) => block.set(text.encode(value), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, type);
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** A name for readers that know no pax. */
const shortName = (path: string): string => path.replace(/[^\x20-\x7e]/g, "_").slice(-99);

const padding = (size: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
