// The command line in this process: its parser and handlers, with streams that are only kept.
import type { Cli } from "#pulmo/commands/context.js";
import { createAdvice } from "#pulmo/commands/interrupt.js";
import { main } from "#pulmo/commands/main.js";
import { createScreen } from "#pulmo/commands/terminal.js";
import type { Outcome } from "./cli.js";

function kept(): { stream: NodeJS.WriteStream; text(): string } {
  let written = "";
  const write = (text: string) => {
    written += text;
    return true;
  };
  return { stream: { isTTY: false, write } as NodeJS.WriteStream, text: () => written };
}

/** `wasm`: as PULMO_WASM. */
export async function call(args: string[], wasm?: string): Promise<Outcome> {
  const [stdout, stderr] = [kept(), kept()];
  const cli: Cli = {
    program: "pulmo",
    stdout: stdout.stream,
    stderr: stderr.stream,
    screen: createScreen(stderr.stream),
    signal: new AbortController().signal,
    ...createAdvice(),
    wasm: undefined,
  };
  const code = await main(args, cli, wasm);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
