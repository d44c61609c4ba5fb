"""Run a dask cluster of several processes on this machine: python -m tests.builder.cluster WORKERS.

Prints one JSON line with the cluster's address and the process of each worker, and ends when stdin ends.
"""

from __future__ import annotations

import json
import logging
import sys

from distributed import LocalCluster


def main() -> None:
    with LocalCluster(
        n_workers=int(sys.argv[1]),
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    ) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]
        print(json.dumps({"address": cluster.scheduler_address, "pids": pids}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
