# PyTorch, if the system's python3 has it. Uses the protocol of serve.mjs.
import json
import os
import resource
import sys
import time
import traceback

import numpy as np
import torch
import torch.nn.functional as F

from operands import grey_pixels, parameter, uniform

THREADS = int(os.environ["BENCH_THREADS"])
# NHWC in memory, the fastest layout for its convolutions; shapes stay NCHW.
CHANNELS_LAST = os.environ.get("BENCH_CHANNELS_LAST") == "1"
torch.set_num_threads(THREADS)
aten = torch.ops.aten


class Unsupported(Exception):
    pass


def laid_out(t):
    return t.to(memory_format=torch.channels_last) if CHANNELS_LAST and t.dim() == 4 else t


def tensor(stream, *shape, scale=1.0, offset=0.0):
    return laid_out(torch.from_numpy(uniform(stream, int(np.prod(shape)), scale, offset).reshape(shape)))


def matmul(job):
    a, b = tensor(1, job["M"], job["K"]), tensor(2, job["K"], job["N"])
    return lambda: torch.mm(a, b)


def conv(job):
    N, C, H, O, R, OH, s, p = (job[k] for k in ("N", "C", "H", "O", "R", "OH", "stride", "pad"))
    x, w, dy = tensor(1, N, C, H, H), tensor(2, O, C, R, R), tensor(3, N, O, OH, OH)
    if job["pass"] == "forward":
        return lambda: F.conv2d(x, w, stride=s, padding=p)
    data = job["pass"] == "backward-data"

    def backward():
        mask = [data, not data, False]
        return aten.convolution_backward(dy, x, w, None, [s, s], [p, p], [1, 1], False, [0, 0], 1, mask)[0 if data else 1]

    return backward


def batchnorm(job):
    N, C, H = job["N"], job["C"], job["H"]
    x, dy = tensor(1, N, C, H, H, scale=2.0, offset=0.5), tensor(3, N, C, H, H)
    gamma, beta = tensor(4, C, scale=0.5, offset=1.0), tensor(5, C, scale=0.1)
    mean, var = torch.zeros(C), torch.ones(C)
    if job["pass"] == "forward":
        return lambda: F.batch_norm(x, mean, var, gamma, beta, True, 0.1, 1e-5)
    _, saved_mean, saved_invstd = aten.native_batch_norm(x, gamma, beta, mean, var, True, 0.1, 1e-5)
    mask = [True, True, True]
    return lambda: aten.native_batch_norm_backward(
        dy, x, gamma, mean, var, saved_mean, saved_invstd, True, 1e-5, mask)[0]


def adam(job):
    w = torch.nn.Parameter(tensor(2, job["count"]))
    w.grad = tensor(3, job["count"], scale=0.01)
    optimizer = torch.optim.Adam([w], lr=1e-4)

    def run():
        optimizer.step()
        return w

    return run


def model_of(name):
    if name == "resnet18":
        import torchvision
        return torchvision.models.resnet18(num_classes=2)
    sizes = {"logistic": [150528, 2], "dnn": [150528, 512, 256, 128, 2]}[name]
    layers = [torch.nn.Flatten()]
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers += [torch.nn.ReLU()] * (i > 0) + [torch.nn.Linear(a, b)]
    return torch.nn.Sequential(*layers)


def fill(model):
    with torch.no_grad():
        for name, t in model.state_dict().items():
            if t.dim() > 0:
                t.copy_(torch.from_numpy(parameter(name, tuple(t.shape))))


def step(job):
    batch = job["batch"]
    model = model_of(job["model"])
    fill(model)
    if CHANNELS_LAST:
        model = model.to(memory_format=torch.channels_last)
    pixels = grey_pixels(1, batch * 224 * 224 * 3).reshape(batch, 224, 224, 3)
    x = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255))
    x = laid_out(x)
    labels = torch.arange(batch) % 2
    if job["mode"] == "infer":
        model.eval()

        def infer():
            with torch.no_grad():
                return model(x)

        return infer
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    losses = []

    def train():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        return torch.tensor(losses[:3])

    train()
    train()
    return train


def hello(_):
    mode = "malloc keeps memory" if "MALLOC_MMAP_THRESHOLD_" in os.environ else "as installed"
    mode += ", channels last" if CHANNELS_LAST else ""
    return {"version": f"PyTorch {torch.__version__}", "mode": mode, "threads": torch.get_num_threads()}


jobs = {}


def prepare(request):
    job = request["job"]
    if CHANNELS_LAST and job["op"] != "conv" and job["op"] != "batchnorm" and job.get("model") != "resnet18":
        raise Unsupported("no channels")
    run = {"matmul": matmul, "conv": conv, "batchnorm": batchnorm, "adam": adam, "step": step}[job["op"]](job)
    started = time.perf_counter()
    result = run().detach().contiguous().numpy().astype(np.float32)
    ms = (time.perf_counter() - started) * 1000
    result.tofile(request["file"])
    jobs[request["id"]] = [run, ms]
    return {"count": int(result.size), "ms": ms}


def time_(request):
    entry = jobs[request["id"]]
    run, estimate = entry
    runs = max(1, round(request["ms"] / estimate))
    started = time.perf_counter()
    for _ in range(runs):
        run()
    entry[1] = ms = (time.perf_counter() - started) * 1000 / runs
    return {"ms": ms, "runs": runs, "peakRssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def release(request):
    jobs.pop(request["id"], None)
    return {}


for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"hello": hello, "prepare": prepare, "time": time_, "release": release}[request["do"]](request)
    except Unsupported as e:
        reply = {"unsupported": str(e)}
    except Exception:
        reply = {"error": traceback.format_exc()}
    print("@ " + json.dumps(reply), flush=True)
