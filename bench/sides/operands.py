# ../operands.mjs in Python: the same numbers from the same formula.
import numpy as np


def _hash(stream, length):
    i = np.arange(length, dtype=np.uint32)
    h = i * np.uint32(0x9E3779B1) + np.uint32((stream * 0x85EBCA77) & 0xFFFFFFFF)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    h = (h ^ (h >> np.uint32(12))) * np.uint32(0x297A2D39)
    return h ^ (h >> np.uint32(15))


def uniform(stream, length, scale=1.0, offset=0.0):
    values = (_hash(stream, length) >> np.uint32(8)).astype(np.float64) * 2.0**-23 - 1.0
    return (values * scale + offset).astype(np.float32)


def grey_pixels(stream, length):
    """Bytes of grey images: three equal channels."""
    return np.repeat((_hash(stream, length // 3) >> np.uint32(24)).astype(np.uint8), 3)


def stream_of(name):
    h = 0x811C9DC5
    for c in name.encode():
        h = ((h ^ c) * 0x01000193) & 0xFFFFFFFF
    return h


def parameter(name, shape):
    length = int(np.prod(shape))
    stream = stream_of(name)
    if name.endswith("running_mean"):
        values = uniform(stream, length, 0.1)
    elif name.endswith("running_var"):
        values = uniform(stream, length, 0.5, 1.0)
    elif len(shape) == 1:
        values = uniform(stream, length, 0.1, 1.0 if name.endswith("weight") else 0.0)
    else:
        fan_in = length // shape[0]
        values = uniform(stream, length, 0.1 / np.sqrt(fan_in) if shape[0] == 2 else np.sqrt(6.0 / fan_in))
    return values.reshape(shape)
