// Parses the parts of the WebAssembly binary format (core specification, chapter 5) that show what a module owns.

export interface Section {
  id: number;
  bytes: Uint8Array;
}

export const SECTION = { import: 2, table: 4, memory: 5, global: 6, export: 7, start: 8, element: 9, data: 11, dataCount: 12 };

export interface Import {
  module: string;
  name: string;
  /** 0 function, 1 table, 2 memory, 3 global. */
  kind: number;
  /** Of a memory: bit 0 has a maximum, bit 1 shared. */
  limits: number;
}

export interface Export {
  name: string;
  /** 0 function, 1 table, 2 memory, 3 global. */
  kind: number;
}

interface Reader {
  bytes: Uint8Array;
  at: number;
}

/** Unsigned LEB128: seven bits a byte, lowest first, the top bit set while more follow. */
function unsigned(r: Reader): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = r.bytes[r.at++];
    if (byte === undefined) throw new Error("a number runs past the end");
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

function text(r: Reader): string {
  const length = unsigned(r);
  r.at += length;
  return Buffer.from(r.bytes.subarray(r.at - length, r.at)).toString("utf8");
}

/** The module's sections in order. */
export function sectionsOf(bytes: Uint8Array): Section[] {
  const r = { bytes, at: 8 };
  if (Buffer.from(bytes.subarray(0, 8)).toString("hex") !== "0061736d01000000") throw new Error("no WebAssembly module");
  const sections: Section[] = [];
  while (r.at < bytes.length) {
    const id = bytes[r.at++];
    const length = unsigned(r);
    if (r.at + length > bytes.length) throw new Error(`section ${id} runs past the end`);
    sections.push({ id, bytes: bytes.subarray(r.at, r.at + length) });
    r.at += length;
  }
  return sections;
}

const entries = <T>(section: Section | undefined, read: (r: Reader) => T): T[] => {
  if (!section) return [];
  const r = { bytes: section.bytes, at: 0 };
  const list = Array.from({ length: unsigned(r) }, () => read(r));
  if (r.at !== section.bytes.length)
    throw new Error(`section ${section.id} is ${section.bytes.length} bytes, its entries ${r.at}`);
  return list;
};

/** Imports of functions and memories; others throw. */
export const importsOf = (sections: Section[]): Import[] =>
  entries(
    sections.find((s) => s.id === SECTION.import),
    (r) => {
      const [module, name, kind] = [text(r), text(r), r.bytes[r.at++]];
      if (kind !== 0 && kind !== 2) throw new Error(`imports ${module}.${name} of kind ${kind}`);
      const limits = unsigned(r);
      if (kind === 2) unsigned(r);
      if (kind === 2 && limits & 1) unsigned(r);
      return { module, name, kind, limits };
    },
  );

export const exportsOf = (sections: Section[]): Export[] =>
  entries(
    sections.find((s) => s.id === SECTION.export),
    (r) => {
      const [name, kind] = [text(r), r.bytes[r.at++]];
      unsigned(r);
      return { name, kind };
    },
  );
