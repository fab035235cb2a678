import json, pathlib, re, sys
from wasmtime import Engine, Instance, Module, Store

core, file, *images = sys.argv[1:]
store = Store(Engine())
exports = Instance(store, Module.from_file(store.engine, core), []).exports(store)
memory = exports["memory"]
call = lambda name, *arguments: exports[name](store, *arguments)


def check(failed):
    if failed:
        at, length = call("lastError"), call("lastErrorLength")
        sys.exit(memory.read(store, at, at + length).decode())


model = pathlib.Path(file).read_bytes()
address = call("alloc", len(model))
memory.write(store, model, address)
check(call("loadModel", address, len(model)))
at, length = call("metadata"), call("metadataLength")
classes = json.loads(memory.read(store, at, at + length))["classes"]
for image in images:
    pgm = pathlib.Path(image).read_bytes()
    header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", pgm)
    place = call("image", int(header[1]), int(header[2]), 1)
    check(place == 0)
    memory.write(store, pgm[header.end() :], place)
    check(call("predict"))
    print(image, repr(call("logOdds")), classes[call("probability") > call("threshold")])
