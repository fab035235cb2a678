// The training settings of the form.
import type { Trained } from "../../core/record.js";
import { usualThreads } from "../../lib/browser-network.js";
import { byId } from "../elements.js";
import { word } from "../speech.js";
import type { Word } from "../words.js";

const SEED = 0;
const LEARNING_RATES: Record<Trained, string> = { classifier: "0.001", all: "0.0001" };

const input = (id: string) => byId<HTMLInputElement>(id);
const trained = () => byId<HTMLSelectElement>("trained").value as Trained;

/** Throws an Error that names the field and its bounds. */
export function readSettings() {
  const numberIn = (id: string, name: Word): number => {
    const { valueAsNumber: value, min, max, validity } = input(id);
    if (!validity.valid || !Number.isFinite(value)) throw new Error(word("badSetting", { setting: word(name), min, max }));
    return value;
  };
  return {
    trained: trained(),
    epochs: numberIn("epochs", "epochs"),
    batchSize: numberIn("batch-size", "batchSize"),
    lr: numberIn("lr", "learningRate"),
    threads: numberIn("threads", "threads"),
    seed: SEED,
  };
}

export function watchSettings(): void {
  input("threads").value = String(usualThreads());
  // Without shared memory there is one thread.
  byId("threads-label").hidden = !crossOriginIsolated;
  byId("trained").onchange = () => (input("lr").value = LEARNING_RATES[trained()]);
}
