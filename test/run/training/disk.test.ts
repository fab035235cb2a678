// A disk that is full, before a run and in the middle of it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "#pulmo/core/errors.js";
import { type Caller, SILENT } from "#pulmo/run/caller.js";
import { checkRoom, persist } from "#pulmo/run/training/disk.js";
import { temporaryFolder } from "../../data/places.js";

const test = suite("disk");

const full = () => Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
const told: string[] = [];
const caller: Caller = { ...SILENT, warn: (line) => void told.push(line) };

test("a run that will not fit is refused before it begins", async () => {
  const folder = temporaryFolder();
  await checkRoom(folder, 1);
  const outcome = await checkRoom(folder, 1e18).catch((error) => error);
  assert.instance(outcome, InputError);
  assert.match(outcome.message, /^The run needs \d+ MiB in .+, but only \d+ MiB are free: free some space, or choose/);
});

test("while the disk is full it is tried again, and the result is not lost", async () => {
  told.length = 0;
  let tries = 0;
  const write = async () => {
    if (++tries < 4) throw full();
  };
  await persist("runs/a", caller, write, { pause: 1, patience: 60_000 });
  assert.is(tries, 4);
  assert.equal(told.length, 2);
  assert.match(told[0], /^The disk of runs\/a is full: free some space\. No data is lost/);
  assert.match(told[1], /saved/);
});

test("what has a place elsewhere goes there and is not waited for; where that is full too, it is", async () => {
  told.length = 0;
  const done: string[] = [];
  const write = async () => {
    done.push("write");
    if (done.length < 6) throw full();
  };
  const elsewhere = async () => {
    done.push("elsewhere");
    if (done.length < 3) throw full();
  };
  await persist("runs/a", caller, write, { pause: 1, patience: 60_000, elsewhere });
  assert.equal(done, ["write", "elsewhere", "write", "elsewhere"]);
  assert.is(told.length, 1);
});

test("it is given up after a while, with a sentence; other faults at once", async () => {
  const outcome = await persist("runs/a", caller, () => Promise.reject(full()), { pause: 1, patience: 10 }).catch((e) => e);
  assert.instance(outcome, InputError);
  assert.match(outcome.message, /^The disk of runs\/a is full and the training since the last checkpoint is lost/);
  const fault = new Error("other");
  assert.is(await persist("runs/a", caller, () => Promise.reject(fault)).catch((e) => e), fault);
});

test.run();
