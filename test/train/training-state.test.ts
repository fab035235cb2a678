// The training state in a checkpoint is untrusted input.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseTraining } from "#pulmo/train/training-state.js";

const test = suite("training state of a checkpoint");

const state = { history: [{ loss: 0.7, accuracy: 0.5, seconds: 1 }], step: 3, totals: { loss: 2, correct: 5, seconds: 0.5 } };
const run = { epochs: 2, steps: 4, lr: 1e-4 };
const saved = { state, optimizer: [1e-4, 0.9, 0.999, 0.5, 0.9] };
/** All epochs are done; only the model must be written. */
const whole = { ...saved, state: { ...state, history: [state.history[0], state.history[0]], step: 0 } };

test("saved state is read", () => {
  assert.equal(parseTraining(JSON.stringify(saved), run), saved);
  const begun = { ...saved, state: { ...state, history: [], step: 0 } };
  assert.equal(parseTraining(JSON.stringify(begun), run), begun);
  assert.equal(parseTraining(JSON.stringify(whole), run), whole);
});

test("missing or damaged state is undefined", () => {
  const damaged: unknown[] = [
    null,
    [],
    {},
    { state },
    { ...saved, optimizer: [1, 2, 3, 4] },
    { ...saved, optimizer: [1, 2, 3, 4, "5"] },
    { ...saved, state: { ...state, step: -1 } },
    { ...saved, state: { ...state, step: 0.5 } },
    { ...saved, state: { ...state, totals: {} } },
    // From a different run than the one being resumed.
    { ...saved, state: { ...state, step: 4 } },
    { ...saved, state: { ...state, history: [state.history[0], state.history[0]] } },
    { ...whole, state: { ...whole.state, history: Array(3).fill(state.history[0]) } },
    { ...saved, optimizer: [1e30, 0.9, 0.999, 0.5, 0.9] },
    { ...saved, optimizer: [1e-4, 0.9, 0.99, 0.5, 0.9] },
    { ...saved, optimizer: [1e-4, 0.9, 0.999, 5, 0.9] },
    { ...saved, state: { ...state, history: [{ loss: null, accuracy: 0.5, seconds: 1 }] } },
    { ...saved, state: { ...state, history: {} } },
  ];
  for (const value of damaged) assert.is(parseTraining(JSON.stringify(value), run), undefined, JSON.stringify(value));
  for (const text of [undefined, "", "{", JSON.stringify(saved).replace("0.999", "1e999")])
    assert.is(parseTraining(text, run), undefined);
});

test.run();
