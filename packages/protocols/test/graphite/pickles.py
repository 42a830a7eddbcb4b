# -*- coding: utf-8 -*-
"""Prints pickles that Python itself makes, one JSON object a line: python3 pickles.py; python2 pickles.py. pickles.jsonl holds what both said."""
from __future__ import print_function
import binascii, json, os, pickle, sys

points = [
    (u"servers.web1.cpu", (1700000000, 42.5)),
    (u"disk.used;host=web1", (1700000000.25, -3)),
    (u"caf\u00e9.\u6e29\u5ea6", (-1, 9007199254740993)),
    (u"least", (1700000000, -(2 ** 63))),
    (u"text", ("1700000000", "1e3")),
    (u"flag", (1700000001, True)),
    (u"it's \\ \"q\"\t", (1700000002, 0.1)),
    [u"list", [1700000003, 70000]],
    (u"last", (1700000004, 7)),
]


class Evil(object):
    def __reduce__(self):
        return (os.system, ("true",))


class Plain(object):
    pass


refused = {
    "a call": Evil(),
    "an object": Plain(),
    "a function": os.system,
    "a dictionary": {"a": 1},
    "a set": {1},
    "a complex number": 1j,
    "a byte array": bytearray(b"a"),
}


def say(what, protocol, made):
    by = "Python %d.%d" % sys.version_info[:2]
    print(json.dumps({"by": by, "what": what, "protocol": protocol, "hex": binascii.hexlify(made).decode()}, sort_keys=True))


for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    say("points", protocol, pickle.dumps(points, protocol))
    say("points in tuples", protocol, pickle.dumps(tuple(map(tuple, points)), protocol))
    say("one point over and over", protocol, pickle.dumps([(u"a", (1, 2))] * 1001, protocol))
    for what, thing in sorted(refused.items()):
        say(what, protocol, pickle.dumps([(u"a", (1, thing))], protocol))
if sys.version_info[0] == 2:
    import cPickle

    native = [(name.encode("utf-8"), point) for name, point in points]
    for protocol in range(3):
        say("names of bytes", protocol, pickle.dumps(native, protocol))
        say("names of bytes", protocol, cPickle.dumps(native, protocol))
        say("points", protocol, cPickle.dumps(points, protocol))
else:
    native = [(name.encode("utf-8"), point) for name, point in points]
    for protocol in range(3, 6):
        say("names of bytes", protocol, pickle.dumps(native, protocol))
