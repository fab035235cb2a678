import { train } from "pulmo";
import { decodeImage } from "pulmo/decode";

const byId = (id) => document.getElementById(id);
const log = (line) => byId("log").append(`${line}\n`);
const read = (id, label) => Array.from(byId(id).files, async (file) => ({ pixels: await decodeImage(file), label }));

byId("start").onclick = async () => {
  const images = await Promise.all([...read("normal", 0), ...read("pneumonia", 1)]);
  const training = train({ model: "logistic", data: { images }, recipe: "paper", epochs: 3, seed: 0 });
  for await (const { epoch, step, loss } of training) log(`epoch ${epoch}, step ${step}: loss ${loss.toFixed(4)}`);
  const model = await training.result;
  for (const { pixels } of images) log(`probability ${model.predict(pixels).probability.toFixed(4)}`);
};
