// What every page of ours is held to, in Chromium.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser } from "./chromium.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const WIDTHS = [360, 800, 1400];
export const SCHEMES = ["light", "dark"];
/** The window less its scroll bar. */
export const WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth";

/** What goes wrong from now on: exceptions, what the page calls an error, what the browser does. */
export function watchErrors(browser: Browser): string[] {
  const errors: string[] = [];
  browser.on("Runtime.exceptionThrown", ({ exceptionDetails }) => errors.push(exceptionDetails.text));
  browser.on("Runtime.consoleAPICalled", ({ type, args }) => type === "error" && errors.push(JSON.stringify(args)));
  browser.on("Log.entryAdded", ({ entry }) => entry.level === "error" && errors.push(entry.text));
  return errors;
}

export async function setWindow(browser: Browser, width: number, scheme: string): Promise<void> {
  await browser.send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
  await browser.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
}

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** What axe-core finds, a line each, with its impact. */
export async function barriers(browser: Browser): Promise<{ impact: string; said: string }[]> {
  await browser.evaluate(AXE);
  const found = await browser.evaluate<Violation[]>("axe.run().then(({ violations }) => violations)");
  return found.map(({ id, impact, nodes: [{ target, failureSummary }] }) => ({
    impact,
    said: `${id}: ${target.join(" ")}: ${failureSummary}`,
  }));
}
