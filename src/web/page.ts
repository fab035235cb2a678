// The page's entry: connects its controls to the session. Nothing is uploaded.
import { byId, download } from "./elements.js";
import { chosenFiles, droppedFiles } from "./files.js";
import type { Dropped } from "./items.js";
import { keepNothing, keepPage } from "./keeping.js";
import { servedModel } from "./served-model.js";
import {
  add,
  changeLanguage,
  chooseErrorRate,
  chooseRow,
  clear,
  csv,
  currentScorer,
  modelsOpened,
  openModel,
  resetThreshold,
  setThreshold,
} from "./session.js";
import { drawWords, tell } from "./speech.js";
import { followArrows } from "./table.js";
import { drawTraining, hasTraining, isTraining, watchTraining } from "./train/view.js";
import { watchViewer } from "./viewer.js";
import { loadWorkers } from "./workers.js";

/** Runs an action and shows its error. */
const attempt = (work: () => Promise<void>): void =>
  void work().catch((error: Error) => {
    byId("progress").hidden = true;
    tell("failed", { error: error.message });
  });

async function take(dropped: Dropped[]): Promise<void> {
  const model = dropped.find(({ path }) => path.endsWith(".pulmo"));
  if (model && hasTraining()) return tell("discardFirst");
  if (model) {
    await openModel(model.file.arrayBuffer());
    return drawTraining();
  }
  if (isTraining()) return tell("dropIntoBox");
  // Images that were dropped after a model are scored by it.
  await modelsOpened();
  return currentScorer() ? add(dropped) : tell("chooseModel");
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
  byId<HTMLInputElement>("error-rate").oninput = ({ target }) => chooseErrorRate((target as HTMLInputElement).valueAsNumber);
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
  await loadWorkers();
  const { file, fromLastVisit, mayKeep, kept } = await servedModel();
  if (file) await openModel(file);
  else byId("choose-model").hidden = false;
  if (fromLastVisit) tell(file ? "lastVisit" : "noKeptModel");
  if (!mayKeep) await keepNothing();
  else if ((await keepPage()) && kept) byId("offline").hidden = false;
}

attempt(start);
