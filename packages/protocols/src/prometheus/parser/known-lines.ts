/** What a line says, with the number of the line on the page where it came last; -1 where it has not come. */
export interface PlacedLine {
  place: number
}

/**
 * The lines of the page before, by which those of the next are known without being looked up: most pages have the same series in the same
 * order. A line is known by its head, which is compared byte by byte, so whatever was found out about that holds again.
 */
export interface KnownLines<T extends PlacedLine> {
  /** What stood at the place of the next line, where that starts with the same head. */
  find(bytes: Uint8Array, start: number): T | undefined
  /** Where the head ends that was found. */
  readonly headEnd: number
  /** Takes the next line, whose head has the byte in it that parts it from the rest. */
  put(line: T, start: number, headEnd: number): void
  /** The page is over; only where it is taken is it the one that the next is compared with. */
  finish(bytes: Uint8Array, isTaken: boolean): void
}

interface Page<T> {
  bytes: Uint8Array
  starts: Int32Array
  ends: Int32Array
  lines: T[]
  count: number
}

const createPage = <T>(): Page<T> => ({
  bytes: new Uint8Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
  lines: [],
  count: 0,
})

const firstLines = 64
/** What a line and its series take, and how often the page is in them, as in a cache of series. */
const bytesPerLine = 400
const copiesOfPage = 16

/** Memory: at most `maxBytes`, by leaving out the rest of a page. */
export function createKnownLines<T extends PlacedLine>(maxBytes: number): KnownLines<T> {
  let before = createPage<T>()
  let page = createPage<T>()
  let next = 0
  let headEnd = 0

  function grow(): void {
    const size = Math.max(firstLines, 2 * page.starts.length)
    const { starts, ends } = page
    page.starts = new Int32Array(size)
    page.starts.set(starts)
    page.ends = new Int32Array(size)
    page.ends.set(ends)
  }

  function keep(bytes: Uint8Array): void {
    const { count } = page
    const used = bytes.subarray(0, page.ends[count - 1] ?? 0)
    const fits = page.bytes.length >= used.length && page.bytes.length <= 4 * used.length
    if (fits) page.bytes.set(used)
    else page.bytes = used.slice()
    page.lines.length = count
    const last = before
    before = page
    page = last
  }

  return {
    find(bytes, start) {
      if (next >= before.count) return undefined
      const from = before.starts[next] ?? 0
      const end = start + (before.ends[next] ?? 0) - from
      if (end > bytes.length || !isSame(before.bytes, from, bytes, start, end)) return undefined
      headEnd = end
      return before.lines[next]
    },
    get headEnd() {
      return headEnd
    },
    put(line, start, end) {
      if (next < before.count && before.lines[next] === line) next += 1
      // Lines have gone, or others stand in another order; a new one stands between those that were there.
      else if (line.place >= 0) next = line.place + 1
      const { count } = page
      line.place = count
      if (bytesPerLine * (count + 1) + copiesOfPage * end > maxBytes) return
      if (count === page.starts.length) grow()
      page.starts[count] = start
      page.ends[count] = end
      page.lines[count] = line
      page.count = count + 1
    },
    finish(bytes, isTaken) {
      if (isTaken) keep(bytes)
      page.count = 0
      next = 0
    },
  }
}

/** Whether the bytes from `start` to `end` are those that are known. */
function isSame(known: Uint8Array, from: number, bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start, other = from; at < end; at += 1, other += 1)
    if (known[other] !== bytes[at]) return false
  return true
}
