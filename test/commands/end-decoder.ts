// Preloaded into the program: its decoding process is killed, as by the system for want of memory, when its first images are asked for.
if (process.argv[1]?.endsWith("decode-process.js")) process.once("message", () => process.kill(process.pid, "SIGKILL"));
