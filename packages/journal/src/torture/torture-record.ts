const maxFill = 2000

/** The record that a life of the writer appends under this number; the same for whoever asks, so that nobody has to keep it. */
export function tortureRecord(life: number, serial: number): string {
  const random = createRandom(life * 1_000_003 + serial)
  const fill = random() < 0.02 ? between(random, maxFill, 20 * maxFill) : between(random, 0, maxFill / 10)
  const sign = String.fromCharCode(97 + between(random, 0, 25))
  return `${life}:${serial}:${sign.repeat(fill)}`
}

/** Whose record it is, where it is exactly what {@link tortureRecord} gives. */
export function parseTortureRecord(
  value: string,
): { readonly life: number; readonly serial: number } | undefined {
  const [life, serial] = value.split(':', 2).map(Number)
  if (!Number.isSafeInteger(life) || !Number.isSafeInteger(serial)) return undefined
  const record = { life: life ?? 0, serial: serial ?? 0 }
  return tortureRecord(record.life, record.serial) === value ? record : undefined
}

/** Numbers from 0 to 1 that are the same for the same seed: mulberry32, https://github.com/bryc/code (public domain). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** A whole number from `low` to `high`, both included. */
export const between = (random: () => number, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1))
