using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .predict)],
  sockets = [(name = "http", address = "127.0.0.1:8080", http = (), service = "main")],
);

const predict :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "infer.js", esModule = embed "infer.js"),
    (name = "pulmo-infer.wasm", wasm = embed "pulmo-infer.wasm"),
    (name = "model.pulmo", data = embed "model.pulmo"),
  ],
);
