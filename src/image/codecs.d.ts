// Neither package has types of its own.
declare module "#codec/openjpeg" {
  export interface FrameDecoder {
    getEncodedBuffer(length: number): Uint8Array;
    getDecodedBuffer(): Uint8Array;
    decode(): void;
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
    delete(): void;
  }
  export interface CodecModule {
    JpegLSDecoder?: new () => FrameDecoder;
    J2KDecoder?: new () => FrameDecoder;
  }
  export default function load(options: { print(text: string): void; printErr(text: string): void }): Promise<CodecModule>;
}

declare module "#codec/charls" {
  export { default } from "#codec/openjpeg";
}
