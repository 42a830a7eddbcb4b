import { between, createRandom } from './random.ts'

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
