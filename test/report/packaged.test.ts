// The report of a run whose model has the bits of the one that comes with pulmo names the model card.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MODELS } from "#pulmo/core/models/index.js";
import { models } from "#pulmo/report/sections/models.js";
import { wordsOf } from "#pulmo/report/text/index.js";
import { LANGUAGE_NAMES } from "#pulmo/report/text/languages.js";
import { sampleRun } from "./sample.js";

const test = suite("report: the model that comes with pulmo");

test("the model with the recorded hash has a card, in each language; others have none", () => {
  const { results } = sampleRun();
  const [own, other] = ["a".repeat(64), "b".repeat(64)];
  results.models.resnet18.sha256 = { model: own };
  for (const language of LANGUAGE_NAMES) {
    const t = wordsOf(language, MODELS);
    const named = (packagedSha256: string | undefined) =>
      models({ results, pictures: {}, studyOf: () => null, packagedSha256, t })
        .filter((section) => JSON.stringify(section).includes("docs/model-card.md"))
        .map(({ id }) => id);
    assert.equal(named(own), ["model-resnet18"], language);
    assert.equal([named(other), named(undefined)], [[], []]);
  }
});

test.run();
