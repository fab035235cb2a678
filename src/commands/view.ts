import { spawn } from "node:child_process";
import { printable } from "../core/printable.js";
import { readModel, serve } from "../run/exports/view.js";
import { type CheckpointArguments, checkpointOf } from "./preprocessing.js";

interface ViewArguments extends Omit<CheckpointArguments, "checkpoint"> {
  model?: string | undefined;
  port: number | undefined;
  open: boolean;
}

/** `view`: the page, served to this machine until Ctrl-C, and opened. */
export async function view({ model, port = 0, open, ...typed }: ViewArguments): Promise<void> {
  const bytes = await readModel(model === undefined ? undefined : checkpointOf({ ...typed, checkpoint: model }));
  const { url } = await serve(bytes, port);
  process.stdout.write(`${url}\n`);
  process.stderr.write(`${model === undefined ? "No model yet: the page asks for one." : printable(model)} Ctrl-C ends.\n`);
  if (open) openBrowser(url);
}

const OPENERS: Partial<Record<NodeJS.Platform, string[]>> = { darwin: ["open"], win32: ["cmd", "/c", "start", '""'] };

/** Where there is none, the address is on the screen. */
function openBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  spawn(command, [...args, url], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
