"""What TensorBoard reads from a folder of event files, as JSON: {run: {tag: [[step, value], ...]}}."""
import json
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

runs = EventMultiplexer(size_guidance={"scalars": 0}).AddRunsFromDirectory(sys.argv[1]).Reload()
json.dump(
    {
        run: {tag: [[point.step, point.value] for point in runs.Scalars(run, tag)] for tag in tags["scalars"]}
        for run, tags in runs.Runs().items()
    },
    sys.stdout,
)
