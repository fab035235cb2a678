// Users of an old Node are told what a newer one would give, where it would give something.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fasterNode } from "#pulmo/node/variant.js";
import { terminalWords } from "#pulmo/report/text/terminal.js";

const test = suite("note about newer versions of Node");

test("only with an old Node on a processor with 256-bit vectors", () => {
  assert.match(
    terminalWords().newerNode("training", fasterNode("training", 20, true)!),
    /^Note: Node 24 or newer would make this training about [\d.]+ times as fast as Node 20 does: https:\/\/nodejs\.org/,
  );
  assert.match(terminalWords().newerNode("scoring", fasterNode("scoring", 22, true)!), /this scoring about/);
  assert.is(fasterNode("training", 20, false), undefined);
  assert.is(fasterNode("training", 24, true), undefined);
});

test.run();
