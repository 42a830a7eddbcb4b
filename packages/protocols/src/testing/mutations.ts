/** What senders get wrong, and what those send who mean harm. */
const tokens = [
  ...[
    '\n',
    '\r\n',
    '\n\n',
    ' ',
    '\t',
    '\0',
    ':',
    '|',
    ';',
    '=',
    ',',
    '@',
    '#',
    '-',
    '+',
    '.',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'NaN',
    'Infinity',
    '-1',
    '1e999',
    '0x10',
    '9'.repeat(400),
    'x'.repeat(5000),
  ],
].map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)))

/** Numbers from 0 to 1, the same ones from the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A message of the corpus, with one to four faults. */
export function mutate(corpus: readonly Uint8Array[], random: () => number): Uint8Array {
  const upTo = (count: number): number => Math.floor(random() * count)
  const anyOf = (list: readonly Uint8Array[]): Uint8Array => list[upTo(list.length)] ?? new Uint8Array(0)
  let bytes = anyOf(corpus)
  for (let faults = 1 + upTo(4); faults > 0; faults -= 1) {
    const [from, to] = [upTo(bytes.length + 1), upTo(bytes.length + 1)].toSorted((a, b) => a - b) as [
      number,
      number,
    ]
    const [before, part, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)]
    switch (upTo(7)) {
      case 0:
        bytes = joined(bytes.subarray(0, from), Uint8Array.of(upTo(256)), bytes.subarray(from + 1))
        break
      case 1:
        bytes = joined(
          bytes.subarray(0, from),
          Uint8Array.of((bytes[from] ?? 0) ^ (1 << upTo(8))),
          bytes.subarray(from + 1),
        )
        break
      case 2:
        bytes = joined(before, after)
        break
      case 3:
        bytes = joined(before, part, part.subarray(0, 4096), after)
        break
      case 4:
        bytes = joined(before, anyOf(tokens), bytes.subarray(from))
        break
      case 5:
        bytes = joined(before, anyOf(corpus).subarray(upTo(16)))
        break
      default:
        bytes = before
    }
  }
  return bytes
}

/** So many bytes of any value. */
export const anyBytes = (random: () => number): Uint8Array =>
  Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256))

/** Bytes in pieces, cut anywhere; many cuts, or none. */
export function cut(bytes: Uint8Array, random: () => number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  const longest = 1 + Math.floor(random() * bytes.length)
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(random() * longest)
    pieces.push(bytes.slice(at, end))
    at = end
  }
  return pieces
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
