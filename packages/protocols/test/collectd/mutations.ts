/** Numbers of a seed that is printed with a failure, xorshift. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** So many changed copies of each of some inputs in turn: bits, bytes, lengths, pieces that are cut, doubled and exchanged. */
export function* mutations(
  inputs: readonly Uint8Array[],
  count: number,
  seed: number,
): Generator<Buffer, void> {
  const random = createRandom(seed)
  for (let made = 0; made < count; made += 1) {
    const input = inputs[made % inputs.length] ?? new Uint8Array()
    let bytes = Buffer.from(input)
    for (let changes = 1 + random(4); changes > 0; changes -= 1) bytes = change(bytes, inputs, random)
    yield bytes
  }
}

function change(
  bytes: Buffer,
  inputs: readonly Uint8Array[],
  random: (below: number) => number,
): Buffer<ArrayBuffer> {
  const own = Buffer.from(bytes)
  const at = random(own.length + 1)
  const to = Math.min(own.length, at + random(40))
  const other = inputs[random(inputs.length)] ?? own
  switch (random(7)) {
    case 0:
      if (own.length > 0) own[at % own.length] = (own[at % own.length] ?? 0) ^ (1 << random(8))
      return own
    case 1:
      if (own.length > 0) own[at % own.length] = [0, 1, 4, 5, 0x7f, 0x80, 0xff][random(7)] ?? 0
      return own
    case 2:
      return own.subarray(0, at)
    case 3:
      return Buffer.concat([own.subarray(0, at), own.subarray(to)])
    case 4:
      return Buffer.concat([own.subarray(0, to), own.subarray(at)])
    case 5:
      return Buffer.concat([own.subarray(0, at), other.subarray(random(other.length + 1)), own.subarray(to)])
    default:
      if (own.length > 1)
        own.writeUInt16BE([0, 4, 5, 15, 255, own.length, 0xffff][random(7)] ?? 0, at % (own.length - 1))
      return own
  }
}
