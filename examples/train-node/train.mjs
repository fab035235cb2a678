import { evaluate, openDataset, train } from "pulmo";

const data = await openDataset(process.argv[2]);
const training = train({ model: "logistic", data, epochs: 3, seed: 0 });
for await (const { epoch, step, steps, loss } of training) {
  if (step === steps) console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}`);
}
const model = await training.result;
await model.save("logistic.pulmo");
const { accuracy, auc } = await evaluate(model, data.test);
console.log(`test: accuracy ${accuracy.toFixed(3)}, AUC ${auc?.toFixed(3)}`);
await data.close();
