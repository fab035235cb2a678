// Proxies as the environment names them: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in upper or lower case, as curl and pip do. Node's
// own fetch ignores them, except with NODE_USE_ENV_PROXY from Node 24 on.
import { InputError } from "../core/errors.js";

export interface Proxy {
  /** The variable that names it. */
  variable: string;
  /** May contain a password: it is never shown. */
  url: URL;
}

/** The first that is set counts. */
const VARIABLES = { "http:": ["http_proxy", "HTTP_PROXY"], "https:": ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"] };
const PROTOCOLS = ["http:", "https:"];

/** The proxy for URLs of a protocol, unless NO_PROXY names their host. Throws an InputError if the variable holds no URL. */
export function proxyFor(protocol: string, env: NodeJS.ProcessEnv = process.env): Proxy | undefined {
  const variable = VARIABLES[protocol as keyof typeof VARIABLES]?.find((name) => env[name]?.trim());
  if (variable === undefined) return undefined;
  const typed = env[variable]!.trim();
  const text = typed.includes("://") ? typed : `http://${typed}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && PROTOCOLS.includes(url.protocol)) return { variable, url };
  throw new InputError(`${variable} is not the URL of an HTTP proxy: write it as http://host:port, or unset it.`);
}

/** As messages name it. */
export const shownProxy = ({ variable, url }: Proxy): string => `the proxy ${url.protocol}//${url.host} of ${variable}`;

export interface Fetcher {
  fetch: typeof fetch;
  close(): Promise<void>;
}

/** fetch, through the proxies of the environment if it names any. */
export async function openFetcher(): Promise<Fetcher> {
  const [http, https] = PROTOCOLS.map((protocol) => proxyFor(protocol));
  if (!http && !https) return { fetch, async close() {} };
  const { EnvHttpProxyAgent, fetch: proxied } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: http?.url.href ?? "",
    httpsProxy: https?.url.href ?? "",
    // Plain HTTP is forwarded, as by curl: many proxies tunnel to port 443 alone.
    proxyTunnel: false,
  });
  return { fetch: (url, options) => proxied(url, { ...options, dispatcher }), close: () => dispatcher.destroy() };
}
