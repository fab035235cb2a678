// A side's process and the requests to it, one at a time.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const TIMEOUT_MS = 300_000;
const STDERR_KEPT = 2000;

/** @returns {{ ask: (request: object) => Promise<object>, end: () => void }} */
export function startSide({ command, args, env }) {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let waiting;
  let failure;
  let stderr = "";
  const settle = (reply) => {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(reply);
  };
  const fail = (message) => {
    failure ??= `${message} ${stderr.trim().split("\n").at(-1) ?? ""}`.trim();
    settle({ error: failure });
  };
  child.on("error", (error) => fail(error.message));
  child.on("exit", (code, signal) => fail(`ended with ${signal ?? code}.`));
  child.stdin.on("error", () => {});
  child.stderr.on("data", (data) => (stderr = (stderr + data).slice(-STDERR_KEPT)));
  createInterface({ input: child.stdout }).on("line", (line) => line.startsWith("@ ") && settle(JSON.parse(line.slice(2))));
  return {
    ask(request) {
      if (failure) return Promise.resolve({ error: failure });
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          fail(`no answer to "${request.do}" within ${TIMEOUT_MS / 1000} s.`);
          child.kill("SIGKILL");
        }, TIMEOUT_MS);
        waiting = (reply) => {
          clearTimeout(timer);
          resolve(reply);
        };
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
    },
    end: () => void child.kill("SIGKILL"),
  };
}
