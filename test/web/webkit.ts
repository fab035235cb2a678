// A page in WebKitGTK, whose engine is Safari's: its MiniBrowser on a virtual screen.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endBrowser } from "../report/chromium.js";

const LIBRARIES = "/usr/lib/x86_64-linux-gnu";

/** MiniBrowser's path, or undefined where it or the virtual screen is missing. */
export const webkit = findMiniBrowser();
export const noWebkit = webkit === undefined ? "no WebKitGTK here (apt install webkit2gtk-driver xvfb xauth)" : undefined;

function findMiniBrowser(): string | undefined {
  if (spawnSync("xvfb-run", ["--help"], { stdio: "ignore" }).status !== 0 || !existsSync(LIBRARIES)) return undefined;
  const found = readdirSync(LIBRARIES)
    .filter((name) => name.startsWith("webkit2gtk-"))
    .map((name) => join(LIBRARIES, name, "MiniBrowser"));
  return found.find((path) => existsSync(path));
}

/** Opens the page; the function returned ends the browser. */
export async function openWebkit(url: string): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), "pulmo-webkit-"));
  // Its sandbox needs user namespaces, and drawing by the GPU a GPU. Safari shares memory where a page is isolated; WebKitGTK if asked.
  const env = {
    ...process.env,
    HOME: home,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    JSC_useSharedArrayBuffer: "1",
  };
  const child = spawn("xvfb-run", ["-a", webkit!, "--private", url], { stdio: "ignore", detached: true, env });
  return () => endBrowser(child, home);
}
