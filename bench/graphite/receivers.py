"""carbon's own receivers, handed lines or pickles from a file in memory; prints things per second of processor time.
python3 receivers.py lines|pickles file"""
import os
import struct
import sys
import time

os.environ.setdefault("GRAPHITE_NO_PREFIX", "True")
from carbon.conf import settings

settings.update(dict(USE_INSECURE_UNPICKLER=False, METRIC_CLIENT_IDLE_TIMEOUT=None, LOG_LISTENER_CONN_SUCCESS=False))
settings.update(dict(MIN_TIMESTAMP_RESOLUTION=0, PICKLE_RECEIVER_MAX_LENGTH=2 ** 20, TCP_KEEPALIVE=False))
from carbon import events, protocols

form, path = sys.argv[1:]
content = open(path, "rb").read()
sums = {}
count = 0


def take(metric, datapoint):
    global count
    count += 1
    sums[metric] = sums.get(metric, 0) + datapoint[1]


events.metricReceived.handlers[:] = [take]
if form == "lines":
    receiver = protocols.MetricLineReceiver()
    messages = content.split(b"\n")[:-1]
    handle = receiver.lineReceived
else:
    receiver = protocols.MetricPickleReceiver()
    receiver.unpickler = protocols.get_unpickler()
    messages = []
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("!L", content, at)
        messages.append(content[at + 4:at + 4 + length])
        at += 4 + length
    handle = receiver.stringReceived
receiver.peerName = "bench"
receiver.resetTimeout = lambda: None
start = time.process_time()
for message in messages:
    handle(message)
print(count / (time.process_time() - start))
