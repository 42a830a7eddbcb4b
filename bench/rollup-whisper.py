"""What the benchmarks ask of whisper, the files of Graphite. Samples are little-endian doubles that the suite has written."""

import array
import json
import os
import resource
import sys
import time

import whisper

folder, task = sys.argv[1], sys.argv[2]
days = 366
# Each archive reaches further back than the one before.
year = [(60, days * 1440), (300, (days + 1) * 288), (3600, (days + 2) * 24), (86400, days + 3)]


def path(series):
    return os.path.join(folder, f"{series}.wsp")


def read(name):
    values = array.array("d")
    with open(os.path.join(folder, name), "rb") as file:
        values.frombytes(file.read())
    return values


def processor():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def write(series_count, per_batch):
    """They lie by batch, in it by time, then by series; each file takes those of a batch in one call."""
    times, values = read("times"), read("values")
    for series in range(series_count):
        whisper.create(path(series), [(10, 360), (60, 1440)])
    start, used = time.perf_counter(), processor()
    for first in range(0, len(values), per_batch):
        now = int(times[first + per_batch - 1]) + 10
        for series in range(series_count):
            at = range(first + series, first + per_batch, series_count)
            whisper.update_many(path(series), [(times[one], values[one]) for one in at], now=now)
    return {"seconds": time.perf_counter() - start, "processor": processor() - used}


def fill(start, end):
    """One value a minute of one series; what ends then has all of it in the archive of minutes."""
    values = read("values")
    whisper.create(path(0), year)
    for first in range(0, len(values), 10_000):
        block = [(start + (first + at) * 60, value) for at, value in enumerate(values[first : first + 10_000])]
        whisper.update_many(path(0), block, now=end)
    return {"bytes": os.path.getsize(path(0))}


def fetch(repeats, start, end):
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        _, values = whisper.fetch(path(0), start - 60, end - 60, now=end)
        times.append((time.perf_counter() - begun) * 1000)
    known = [value for value in values if value is not None]
    return {"ms": sorted(times)[len(times) // 2], "count": len(known), "sum": sum(known)}


print(json.dumps({"write": write, "fill": fill, "fetch": fetch}[task](*(int(one) for one in sys.argv[3:]))))
