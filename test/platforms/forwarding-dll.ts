// A DLL without code that forwards one function to another DLL. sharp's build for Windows needs bcryptprimitives.dll, which wine has
// since version 9; Debian 12 has version 8.

const PAGE = 0x1000;
const SECTOR = 0x200;
const OPTIONAL_HEADER = 240;
const DIRECTORY = 40;

type Values = Record<number, number>;

/** By offset from `base`. */
function put16(buffer: Buffer, base: number, values: Values): void {
  for (const [at, value] of Object.entries(values)) buffer.writeUInt16LE(value, base + Number(at));
}

function put32(buffer: Buffer, base: number, values: Values): void {
  for (const [at, value] of Object.entries(values)) buffer.writeUInt32LE(value, base + Number(at));
}

/** The bytes of `dll` for x64, by https://learn.microsoft.com/windows/win32/debug/pe-format. `to`: as "ADVAPI32.Name". */
export function forwardingDll(dll: string, name: string, to: string): Uint8Array {
  const [dllText, nameText, toText] = [dll, name, to].map((text) => Buffer.from(`${text}\0`, "latin1"));
  // The directory, the address of the function, of its name, its ordinal, and the texts.
  const [addresses, names, ordinals, texts] = [DIRECTORY, DIRECTORY + 4, DIRECTORY + 8, DIRECTORY + 10];
  const exported = Buffer.concat([Buffer.alloc(texts), dllText, nameText, toText]);
  const [nameAt, toAt] = [texts + dllText.length, texts + dllText.length + nameText.length];
  put32(exported, 0, { 12: PAGE + texts, 16: 1, 20: 1, 24: 1, 28: PAGE + addresses, 32: PAGE + names, 36: PAGE + ordinals });
  put32(exported, 0, { [addresses]: PAGE + toAt, [names]: PAGE + nameAt });

  const file = Buffer.alloc(2 * SECTOR);
  const [signature, coff] = [0x40, 0x44];
  const optional = coff + 20;
  const section = optional + OPTIONAL_HEADER;
  file.write("MZ", 0, "latin1");
  put32(file, 0, { 60: signature });
  file.write("PE\0\0", signature, "latin1");
  // x64, one section; an executable image, a DLL, addresses above 2 GiB.
  put16(file, coff, { 0: 0x8664, 2: 1, 16: OPTIONAL_HEADER, 18: 0x2022 });
  put16(file, optional, { 0: 0x20b });
  // The image's address, alignments, versions, sizes, the console's subsystem, and the export directory among 16.
  file.writeBigUInt64LE(0x180000000n, optional + 24);
  put32(file, optional, { 32: PAGE, 36: SECTOR, 40: 6, 48: 6, 56: 2 * PAGE, 60: SECTOR, 68: 2 });
  put32(file, optional, { 72: 0x100000, 80: 0x1000, 88: 0x100000, 96: 0x1000, 108: 16, 112: PAGE, 116: exported.length });
  file.write(".edata", section, "latin1");
  // Initialized data that can be read.
  put32(file, section, { 8: exported.length, 12: PAGE, 16: SECTOR, 20: SECTOR, 36: 0x40000040 });
  exported.copy(file, SECTOR);
  return file;
}
