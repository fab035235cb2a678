// A web server for one test.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** Runs `work` with a server that calls `listener`. `url` is the URL of `name` on this server. */
export async function serving(listener: RequestListener, work: (url: URL) => Promise<void>, name = "w.pth"): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  try {
    await work(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Sends the part of `content` that the Range header requests. */
export const ranged =
  (content: Uint8Array): RequestListener =>
  (request, response) => {
    const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const body = content.subarray(begin);
    response.writeHead(begin > 0 ? 206 : 200, {
      "content-length": body.length,
      ...(begin > 0 && { "content-range": `bytes ${begin}-${content.length - 1}/${content.length}` }),
    });
    response.end(body);
  };
