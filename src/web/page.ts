// The page's entry: connects its controls to the session. Nothing is uploaded.
import { byId, download } from "./elements.js";
import { chosenFiles, droppedFiles } from "./files.js";
import type { Dropped } from "./items.js";
import { add, changeLanguage, chooseRow, clear, csv, currentScorer, openModel, resetThreshold, setThreshold } from "./session.js";
import { drawWords, tell } from "./speech.js";
import { followArrows } from "./table.js";
import { drawTraining, hasTraining, isTraining, watchTraining } from "./train/view.js";
import { watchViewer } from "./viewer.js";

/** Runs an action and shows its error. */
const attempt = (work: () => Promise<void>): void =>
  void work().catch((error: Error) => {
    byId("progress").hidden = true;
    tell("failed", { error: error.message });
  });

function take(dropped: Dropped[]): Promise<void> {
  const model = dropped.find(({ path }) => path.endsWith(".pulmo"));
  if (model && hasTraining()) return Promise.resolve(tell("discardFirst"));
  if (model) return model.file.arrayBuffer().then(openModel);
  if (isTraining()) return Promise.resolve(tell("dropIntoBox"));
  return currentScorer() ? add(dropped) : Promise.resolve(tell("chooseModel"));
}

function watch(): void {
  byId("language").onclick = () => {
    changeLanguage();
    drawTraining();
  };
  for (const id of ["files", "folder", "model-file"]) {
    const input = byId<HTMLInputElement>(id);
    input.onchange = () => {
      const files = chosenFiles(input.files!);
      input.value = "";
      attempt(() => take(files));
    };
  }
  const over = (is: boolean) => byId("drop").classList.toggle("over", is);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", () => over(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const files = droppedFiles(event.dataTransfer!);
    attempt(async () => take(await files));
  });
  byId<HTMLInputElement>("threshold").oninput = ({ target }) => setThreshold((target as HTMLInputElement).valueAsNumber);
  byId("reset").onclick = resetThreshold;
  byId("csv").onclick = () => download("pulmo.csv", new Blob([csv()], { type: "text/csv" }));
  byId("clear").onclick = clear;
  followArrows((row) => void chooseRow(row));
  watchViewer();
  watchTraining(attempt);
}

async function start(): Promise<void> {
  drawWords();
  watch();
  if ("serviceWorker" in navigator && isSecureContext) {
    // Without a service worker (private windows), the page needs a network.
    await navigator.serviceWorker.register("offline.js").catch(() => {});
  }
  const { models } = (await (await fetch("models.json")).json()) as { models: string[] };
  if (models.length === 0) byId("choose-model").hidden = false;
  else await openModel(await (await fetch(models[0])).arrayBuffer());
}

attempt(start);
