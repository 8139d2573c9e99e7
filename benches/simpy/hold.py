#!/usr/bin/env python3
"""The HOLD model and the bare replication in SimPy, as in benches/src/hold.rs and benches/src/bare.rs.

Beside each, the same work on Python's own binary heap, in turns. Needs nothing but SimPy:
python3 -m pip install simpy
"""

import heapq
import itertools
import json
import math
import random
import statistics
import sys
import time

try:
    import simpy
except ImportError:
    print("SKIPPED: SimPy is not installed (python3 -m pip install simpy)")
    sys.exit(0)

PENDING = [8, 32, 1_000, 100_000]
EVENTS = 20_000
ROUNDS = 9
COMPONENTS, TICKS = 20, 282


def delays():
    """Exponential delays with a mean of one second, out of a table."""
    source = random.Random(1)
    return itertools.cycle([-math.log(1.0 - source.random()) for _ in range(65_521)])


def hold_in_simpy(pending):
    """Answers each event with one more, after the next delay."""
    env, delay = simpy.Environment(), delays()

    def again(_):
        env.timeout(next(delay)).callbacks.append(again)

    for _ in range(pending):
        again(None)

    def work():
        for _ in range(EVENTS):
            env.step()

    return work, EVENTS


def hold_on_heap(pending):
    delay, sequence = delays(), itertools.count()
    heap = [(next(delay), next(sequence)) for _ in range(pending)]
    heapq.heapify(heap)

    def work():
        for _ in range(EVENTS):
            now, _ = heapq.heappop(heap)
            heapq.heappush(heap, (now + next(delay), next(sequence)))

    return work, EVENTS


def ticks(number):
    return TICKS // COMPONENTS + (number < TICKS % COMPONENTS)


def period(number):
    return 1.000000007 + 0.037000003 * number


def bare_in_simpy():
    """Twenty processes that do nothing, from nothing."""

    def component(env, number):
        for _ in range(ticks(number)):
            yield env.timeout(period(number))

    def work():
        env = simpy.Environment()
        for number in range(COMPONENTS):
            env.process(component(env, number))
        env.run()

    return work, 1


def bare_on_heap():
    def work():
        left = [ticks(number) for number in range(COMPONENTS)]
        heap = [(period(number), number) for number in range(COMPONENTS)]
        while heap:
            now, number = heapq.heappop(heap)
            left[number] -= 1
            if left[number] > 0:
                heapq.heappush(heap, (now + period(number), number))

    return work, 1


def nanos(work):
    start = time.thread_time_ns()
    work()
    return time.thread_time_ns() - start


def compare(name, contestants):
    """CPU time of each, in turns; the first round does not count."""
    rounds = [[nanos(work) / units for work, units in contestants] for _ in range(ROUNDS + 1)][1:]
    ours, heap = (statistics.median(times) for times in zip(*rounds))
    ratio = statistics.median(ours / heap for ours, heap in rounds)
    return {"work": name, "simpy_ns": ours, "heapq_ns": heap, "ratio_to_heapq": ratio}


def main():
    rows = [
        compare(f"event, {pending} pending", [hold_in_simpy(pending), hold_on_heap(pending)])
        for pending in PENDING
    ]
    rows.append(compare("bare replication", [bare_in_simpy(), bare_on_heap()]))
    if "--json" in sys.argv[1:]:
        print(json.dumps({"simpy": simpy.__version__, "rows": rows}, indent=2))
        return
    print(f"SimPy {simpy.__version__} (CPU time, medians)")
    print(f"{'':<24}{'SimPy ns':>12}{'heapq ns':>12}{'/ heapq':>10}")
    for row in rows:
        print(f"{row['work']:<24}{row['simpy_ns']:>12.0f}{row['heapq_ns']:>12.0f}{row['ratio_to_heapq']:>10.1f}")


if __name__ == "__main__":
    main()
