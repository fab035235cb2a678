// What proxy.ts uses of undici, with Node's declarations of fetch. undici's own ones differ, because Node's are of another version.
declare module "undici" {
  export class EnvHttpProxyAgent {
    constructor(options: { httpProxy: string; httpsProxy: string; proxyTunnel: boolean });
    destroy(): Promise<void>;
  }
  export function fetch(
    url: Parameters<typeof globalThis.fetch>[0],
    options: Omit<RequestInit, "dispatcher"> & { dispatcher: EnvHttpProxyAgent },
  ): Promise<Response>;
}
