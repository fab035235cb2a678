// The short scenarios of `npm run attack`. attack.test.ts has the slow ones.
import { suite } from "uvu";
import { allScenarios } from "./scenarios.js";

const test = suite("scenarios");
for (const { name, run } of (await allScenarios()).filter(({ slow }) => !slow)) test(name, run);
test.run();
