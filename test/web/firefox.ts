// A page in headless Firefox, which tells by itself how it went: the tests need no protocol.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endBrowser } from "../report/chromium.js";

/** The browser's command, or undefined where there is none. */
export const firefox = [process.env.PULMO_FIREFOX, "firefox-esr", "firefox"].find(
  (command) => command && spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0,
);

/** Nothing of the maker's own on the network, and no first page. */
const QUIET = ["datareporting.policy.dataSubmissionEnabled", "app.update.enabled", "browser.aboutwelcome.enabled"];

/** Opens the page; the function returned ends the browser. */
export const openFirefox = (url: string): Promise<() => Promise<void>> =>
  openWith(
    url,
    QUIET.map((name) => [name, false]),
  );

/** As Tor Browser and LibreWolf: a canvas gives random pixels. */
export const openResistantFirefox = (url: string): Promise<() => Promise<void>> =>
  openWith(url, [...QUIET.map((name): [string, boolean] => [name, false]), ["privacy.resistFingerprinting", true]]);

async function openWith(url: string, preferences: [name: string, value: boolean][]): Promise<() => Promise<void>> {
  const profile = mkdtempSync(join(tmpdir(), "pulmo-firefox-"));
  writeFileSync(join(profile, "user.js"), preferences.map(([name, value]) => `user_pref("${name}", ${value});\n`).join(""));
  const child = spawn(firefox!, ["--headless", "--no-remote", "--profile", profile, url], { stdio: "ignore", detached: true });
  return () => endBrowser(child, profile);
}
