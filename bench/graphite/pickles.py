"""Writes the points of the lines on standard input as pickles of 500, as carbon's relays send them."""
import pickle
import struct
import sys

points = [(name, (float(time), float(value))) for name, value, time in map(str.split, sys.stdin)]
for at in range(0, len(points), 500):
    made = pickle.dumps(points[at:at + 500], protocol=2)
    sys.stdout.buffer.write(struct.pack("!L", len(made)) + made)
