import { spawn } from "node:child_process";
import { printable } from "../core/printable.js";
import { flag, wholeNumber } from "../settings/kinds.js";
import { NOT_CLINICAL, PREPROCESSING } from "./common.js";
import { callerOf } from "./context.js";
import { defineCommand } from "./define.js";
import { option, withDefault } from "./rows.js";

/** The page, served to this machine until Ctrl-C, and opened. */
export const view = defineCommand({
  command: "view [model]",
  describe: "Open a page that scores X-rays dropped on it",
  positionals: {
    model: {
      describe: "Model folder of a run, checkpoint or .pulmo file (default: the ResNet-18 that comes with pulmo)",
      optional: true,
    },
  },
  options: {
    ...PREPROCESSING,
    port: option(wholeNumber(1, 65535), "Port of the local server (default: any free port)"),
    open: withDefault(flag, "Open the browser (--no-open: only print the address)", true),
  },
  examples: ["view", "view runs/first/resnet18"],
  notes: [`Images stay in the browser. ${NOT_CLINICAL} Ctrl-C stops the server.`],
  async run({ port = 0, open, ...given }, cli, { model }) {
    const { readModel, serve } = await import("../lib/tools/page.js");
    const { checkpointOf } = await import("./preprocessing.js");
    const bytes = await readModel(checkpointOf({ ...given, checkpoint: model }, cli), callerOf(cli, false));
    const { url, onceUrl, sha256 } = await serve(bytes, port);
    cli.stdout.write(`${url}\n`);
    const served =
      sha256 === undefined
        ? "No model yet: choose one on the page."
        : `${printable(model ?? "The model")}: SHA-256 ${sha256.slice(0, SHORT_HASH)}.`;
    cli.screen.say(`${served} Ctrl-C stops the server.`);
    if (open) openBrowser(onceUrl);
  },
});

/** As many digits as the page shows. */
const SHORT_HASH = 12;

const OPENERS: Partial<Record<NodeJS.Platform, string[]>> = { darwin: ["open"], win32: ["cmd", "/c", "start", '""'] };

/** Without a browser, the printed address is enough. */
function openBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  // Quotes are for cmd.exe itself.
  spawn(command, [...args, url], { stdio: "ignore", detached: true, windowsHide: true, windowsVerbatimArguments: true })
    .on("error", () => {})
    .unref();
}
