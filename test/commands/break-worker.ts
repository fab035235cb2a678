// Preloaded into the program: of its workers every other one ends in the middle of the work, as BREAK says.
import { isMainThread, threadId } from "node:worker_threads";

if (!isMainThread && threadId % 2 === 0) {
  const { add } = Atomics;
  let calls = 0;
  Atomics.add = ((...args: Parameters<typeof add>) => {
    if (++calls > 300) {
      if (process.env.BREAK === "exit") process.exit(3);
      throw new Error("it broke");
    }
    return add(...args);
  }) as typeof add;
}
