"""Loads models that pulmo exported, strictly, and prints P(PNEUMONIA) of images as JSON, a list for each file.

/usr/bin/python3 load-in-torch.py PIXELS MODEL FILE [MODEL FILE ...]    PIXELS: float32 [N][3][224][224]
"""
import json, sys
import numpy, torch, torchvision
from torch import nn


def dense(*sizes):
    layers = [nn.Flatten()]
    for i in range(len(sizes) - 1):
        layers += [nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


MODELS = {
    "logistic": lambda: dense(150528, 2),
    "dnn": lambda: dense(150528, 512, 256, 128, 2),
    "resnet18": lambda: torchvision.models.resnet18(num_classes=2),
}


def safetensors(path):
    """The format is eight bytes of length, JSON, data; Debian has no package for it."""
    data = open(path, "rb").read()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    dtypes = {"F32": numpy.float32, "I64": numpy.int64}
    return {
        name: torch.from_numpy(numpy.frombuffer(data[begin:], dtypes[t["dtype"]], (t["data_offsets"][1] - t["data_offsets"][0])
                               // numpy.dtype(dtypes[t["dtype"]]).itemsize, t["data_offsets"][0]).reshape(t["shape"]).copy())
        for name, t in header.items() if name != "__metadata__"
    }


def probabilities(name, path, x):
    model = MODELS[name]()
    model.load_state_dict(safetensors(path) if path.endswith(".safetensors") else torch.load(path, weights_only=True), strict=True)
    model.eval()
    with torch.no_grad():
        return torch.softmax(model(x), 1)[:, 1].tolist()


pixels, *asked = sys.argv[1:]
x = torch.from_numpy(numpy.fromfile(pixels, numpy.float32).reshape(-1, 3, 224, 224))
print(json.dumps([probabilities(name, path, x) for name, path in zip(asked[::2], asked[1::2])]))
