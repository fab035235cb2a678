// A folder with an unusual name and more tasks than an array may have, on a real Slurm.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dataset, pulmo } from "../commands/cli.js";
import { temporaryFolder } from "../data/places.js";
import { unless } from "../skip.js";
import { startSlurm, withoutSlurm } from "./slurm.js";

const test = suite("sweep names on Slurm");

unless(withoutSlurm, test)(
  "five tasks in arrays of three, in a folder with spaces, quotes, dollar and per cent signs",
  async () => {
    const folder = temporaryFolder();
    const cluster = await startSlurm(temporaryFolder(), 2, "MaxArraySize=3");
    try {
      const spec = join(folder, "spec.yaml");
      const root = await dataset();
      writeFileSync(spec, `data: ${root}\nmodels: [logistic]\nlimit: 2\nepochs: 1\nseeds: [0, 1, 2, 3, 4]\n`);
      const dir = join(folder, '100%A%j it\'s "my" $HOME `id` 가');
      const env = { SLURM_CONF: cluster.env.SLURM_CONF! };
      assert.is((await pulmo(["sweep", "plan", spec, "--out", dir])).code, 0);
      const { code, stdout, stderr } = await pulmo(
        ["sweep", "submit", dir, "--engine", "slurm", "--threads", "1", "--memory", "1"],
        { env },
      );
      assert.is(code, 0, stderr);
      assert.match(stdout, /^Job arrays 1, \d+, one after the other, and job \d+ that gathers/);
      const gathered = /and job (\d+)/.exec(stdout)![1];
      const state = () => /JobState=(\w+)/.exec(cluster.ask("scontrol", "show", "job", gathered))?.[1];
      for (let i = 0; i < 1200 && !["COMPLETED", "FAILED", "CANCELLED"].includes(state() ?? ""); i++) await sleep(100);
      assert.is(state(), "COMPLETED", stderr);
      const [header, line] = readFileSync(join(dir, "sweep.csv"), "utf8").split("\n");
      assert.is(line.split(",")[header.split(",").indexOf("trainings")], "5");
      assert.match(readFileSync(join(dir, "slurm/1_2.log"), "utf8"), /task 2 \(\w+\) is done/);
    } finally {
      await cluster.end();
    }
  },
);

test.run();
