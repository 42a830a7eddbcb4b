// The body of a remote write to Prometheus: a protobuf message, in snappy's block format as literals only.

const literalBytes = 65_536

/** Series `from` to `to` of `labels`, each with a value at each of the times. */
export function createWriteRequest(labels, from, to, times, valueOf) {
  const parts = []
  for (let number = from; number < to; number++) {
    const fields = labels[number].map(([name, value]) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
    )
    for (const [index, time] of times.entries()) fields.push(field(2, sampleOf(valueOf(number, index), time)))
    parts.push(field(1, Buffer.concat(fields)))
  }
  return literal(Buffer.concat(parts))
}

function varint(value) {
  const bytes = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 128)
  }
}

/** A field whose bytes are counted. */
const field = (number, bytes) =>
  Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes])

function sampleOf(value, time) {
  const bytes = Buffer.alloc(10)
  bytes[0] = (1 << 3) | 1
  bytes.writeDoubleLE(value, 1)
  bytes[9] = 2 << 3
  return Buffer.concat([bytes, varint(time)])
}

function literal(bytes) {
  const parts = [varint(bytes.length)]
  for (let from = 0; from < bytes.length; from += literalBytes) {
    const part = bytes.subarray(from, from + literalBytes)
    const tag = Buffer.from([61 << 2, (part.length - 1) & 255, (part.length - 1) >> 8])
    parts.push(tag, part)
  }
  return Buffer.concat(parts)
}
