// A container whose file system is read-only: one sentence and exit code 2, or the work is done with what can be written.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { zipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CLI, dataset } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";

const suiteOf = suite("read-only file system");

const place = temporaryFolder();
/** Read-only in the program's own mount namespace. */
const closed = join(place, "closed");
const open = join(place, "open");
for (const folder of [closed, open]) mkdirSync(folder);

const NAMESPACE = [["--mount"], ["--user", "--map-root-user", "--mount"]].find(
  (options) => spawnSync("unshare", [...options, "mount", "-t", "tmpfs", "-o", "ro", "pulmo", closed]).status === 0,
);
const test = unless(NAMESPACE ? undefined : "unshare cannot make a mount namespace here", suiteOf);

const CLOSED_MOUNT = 'mount -t tmpfs -o ro pulmo "$1" && shift && exec "$@"';

/** The temporary folder is always read-only. */
function pulmo(args: string[], cache: string, env: Record<string, string> = {}) {
  const words = [...(NAMESPACE ?? []), "sh", "-c", CLOSED_MOUNT, "sh", closed, process.execPath, resolve(CLI), ...args];
  const environment = { ...process.env, TMPDIR: closed, PULMO_CACHE: cache, ...env };
  const { status, stderr } = spawnSync("unshare", words, { cwd: place, encoding: "utf8", env: environment });
  return { status, complaint: stderr.split("\n").find((line) => line.startsWith("pulmo: ")), stderr };
}

const data = await dataset({ train: 2, val: 1, test: 1 });
const [image] = readdirSync(join(data, "test/NORMAL"));

test("a cache folder that cannot be written is named, by every command that needs it", () => {
  const zip = join(place, "images.zip");
  writeFileSync(zip, zipSync({ "train/NORMAL/a.jpeg": new Uint8Array(1) }));
  for (const args of [
    ["run", "--data", "synthetic", "--models", "logistic", "--out", join(open, "never")],
    ["run", "--data", data, "--models", "logistic", "--out", join(open, "never")],
    ["data", "check", "--data", zip],
    ["data", "fetch"],
    ["weights", "fetch", "resnet18"],
    ["predict", zip],
  ]) {
    const { status, complaint, stderr } = pulmo(args, closed);
    assert.is(status, 2, stderr);
    assert.is(complaint, `pulmo: The cache folder ${closed} cannot be written (EROFS): set PULMO_CACHE to a writable folder.`);
  }
  assert.equal(readdirSync(open), []);
});

test("predict names the folder for temporary files", () => {
  const { status, complaint, stderr } = pulmo(["predict", join(data, "test/NORMAL", image)], join(open, "cache"));
  assert.is(status, 2, stderr);
  const end = "cannot be written: the file system is read-only (EROFS). Set TMPDIR to another folder.";
  assert.is(complaint, `pulmo: The folder for temporary files, ${closed}, ${end}`);
});

test("a run needs nothing but its folder and the cache", () => {
  const settings = ["--models", "logistic", "--epochs", "1", "--batch-size", "2", "--no-stress"];
  const out = join(open, "run");
  const { status, stderr } = pulmo(["run", "--data", data, ...settings, "--out", out], join(open, "cache"));
  assert.is(status, 0, stderr);
  assert.ok(readdirSync(out).includes("report.html"));
});

suiteOf.run();
