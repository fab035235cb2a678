// The short version of `npm run attack`.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { areasOf, makePlace } from "./areas/index.js";
import { attack } from "./attack.js";
import { attackBounds } from "./bounds.js";
import { attackByKills } from "./kills.js";
import { allScenarios } from "./scenarios.js";

const test = suite("attack");
const MUTATIONS = 30;
const KILLS = 2;
const SEED = 1;

test("files from outside end with a result or a sentence, within two seconds", async () => {
  const place = await makePlace();
  for await (const { tried, held, failed } of attackBounds(place, { quick: true })) {
    assert.equal(failed, []);
    assert.is(held, tried);
  }
  for (const area of areasOf(place)) {
    const { tried, held, failed } = await attack(area, { count: MUTATIONS, seed: SEED });
    assert.is(tried, MUTATIONS);
    assert.equal(failed, []);
    assert.is(held, MUTATIONS);
  }
});

test("a run that is killed at any moment goes on to the same bits, and leaves nothing over", async () => {
  const { held, failed } = await attackByKills(KILLS, SEED, ["logistic"]);
  assert.equal(failed, []);
  assert.is(held, KILLS);
});

for (const { name, run } of (await allScenarios()).filter(({ slow }) => slow)) test(name, run);

test.run();
