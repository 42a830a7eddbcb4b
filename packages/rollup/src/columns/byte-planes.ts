/** Bytes that whole numbers up to `largest` need. */
export function bytesFor(largest: number): number {
  let bytes = 0
  for (let left = largest; left >= 1; left = Math.floor(left / 256)) bytes += 1
  return bytes
}

/** The lowest bytes of `values[0..count) - base`, then the next ones: what repeats comes together. */
export function splitBytes(values: Float64Array, count: number, base: number, width: number): Uint8Array {
  const planes = new Uint8Array(count * width)
  for (let at = 0; at < count; at += 1) {
    let left = (values[at] ?? 0) - base
    for (let plane = at; plane < planes.length; plane += count) {
      const rest = Math.floor(left / 256)
      planes[plane] = left - rest * 256
      left = rest
    }
  }
  return planes
}

/** Reads what {@link splitBytes} wrote into `into[to..]`. */
export function joinBytes(
  planes: Uint8Array,
  count: number,
  base: number,
  into: Float64Array,
  to: number,
): void {
  into.fill(base, to, to + count)
  let factor = 1
  for (let plane = 0; plane < planes.length; plane += count) {
    for (let at = 0; at < count; at += 1) {
      into[to + at] = (into[to + at] as number) + (planes[plane + at] as number) * factor
    }
    factor *= 256
  }
}

/** The bytes of doubles as they are, in planes. */
export function splitDoubles(values: Float64Array): Uint8Array {
  const count = values.length
  const view = new DataView(new ArrayBuffer(8 * count))
  for (const [at, value] of values.entries()) view.setFloat64(8 * at, value, true)
  const bytes = new Uint8Array(view.buffer)
  const planes = new Uint8Array(bytes.length)
  for (let plane = 0; plane < 8; plane += 1) {
    for (let at = 0; at < count; at += 1) planes[plane * count + at] = bytes[8 * at + plane] as number
  }
  return planes
}

/** Reads what {@link splitDoubles} wrote into `into[to..]`. */
export function joinDoubles(planes: Uint8Array, count: number, into: Float64Array, to: number): void {
  const bytes = new Uint8Array(8 * count)
  for (let plane = 0; plane < 8; plane += 1) {
    for (let at = 0; at < count; at += 1) bytes[8 * at + plane] = planes[plane * count + at] as number
  }
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < count; at += 1) into[to + at] = view.getFloat64(8 * at, true)
}
