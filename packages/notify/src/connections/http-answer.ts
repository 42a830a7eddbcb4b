/** What an HTTP server said. */
export interface HttpAnswer {
  readonly status: number
  /** The header `Retry-After`. */
  readonly retryAfter: string | undefined
  /** The same request was sent before, over a connection that ended without an answer: it may have been read then. */
  readonly isRepeat?: true
}

/** Longest head of an answer, characters. */
const maxHeadLength = 16_384
/** Longest body that is read; the rest is thrown away with the connection. */
const maxBodyLength = 65_536
/** Longest line of a chunk, and longest trailer, characters. */
const maxChunkLine = 1024

/** How far an answer is: its head or its body goes on, it is over, or what follows cannot be known. */
export type AnswerState = 'head' | 'body' | 'over' | 'lost'

/**
 * Reads one answer as it comes, of HTTP/1.1 (RFC 9112), as text in latin1. Nothing but the status and one header is kept; the body is read
 * only to find its end, where the next answer would begin.
 */
export class AnswerReader {
  /** What was said, once the head is there. */
  answer: HttpAnswer | undefined
  /** Whether something came. */
  hasBegun = false
  readonly #isHead: boolean
  #text = ''
  /** Of the body: characters that are still to come, the chunks, or all until the connection ends. */
  #rest: number | 'chunks' | 'endless' = 0
  #bodyLength = 0
  #mayGoOn = false

  /** `isHead` says that the request was a HEAD, whose answer has no body. */
  constructor(isHead: boolean) {
    this.#isHead = isHead
  }

  /** Takes what came. */
  take(text: string): AnswerState {
    this.hasBegun = true
    this.#text = this.#text === '' ? text : this.#text + text
    while (this.answer === undefined) {
      const end = this.#text.indexOf('\r\n\r\n')
      if (end > maxHeadLength || (end < 0 && this.#text.length > maxHeadLength)) return 'lost'
      if (end < 0) return 'head'
      const head = this.#text.slice(0, end + 2)
      this.#text = this.#text.slice(end + 4)
      if (!this.#readHead(head)) return 'lost'
    }
    return this.#readBody()
  }

  /** Whether it is the head of an answer; one of those that only announce another leaves nothing. */
  #readHead(head: string): boolean {
    const [, minor, digits = ''] = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n]*)?\r\n/.exec(head) ?? []
    const status = Number(digits)
    if (minor === undefined || status < 100 || status === 101) return false
    if (status < 200) return true
    const field = (name: string): string | undefined => fieldOf(head, name)
    this.answer = { status, retryAfter: field('retry-after') }
    const coding = field('transfer-encoding')?.toLowerCase()
    const length = field('content-length')
    this.#mayGoOn = minor === '1' && !/(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(field('connection') ?? '')
    if (this.#isHead || status === 204 || status === 304) this.#rest = 0
    else if (coding !== undefined)
      this.#rest = coding === 'chunked' && length === undefined ? 'chunks' : 'endless'
    else this.#rest = length !== undefined && /^\d{1,9}$/.test(length) ? Number(length) : 'endless'
    return true
  }

  #readBody(): AnswerState {
    if (this.#rest === 'chunks') return this.#readChunks()
    const { length } = this.#text
    this.#text = ''
    this.#bodyLength += length
    if (this.#rest === 'endless') return this.#bodyLength > maxBodyLength ? 'lost' : 'body'
    if (this.#rest > maxBodyLength || this.#bodyLength > this.#rest) return 'lost'
    if (this.#bodyLength < this.#rest) return 'body'
    return this.#mayGoOn ? 'over' : 'lost'
  }

  /** Of what came, whole chunks are dropped. */
  #readChunks(): AnswerState {
    for (;;) {
      const line = this.#text.indexOf('\r\n')
      if (line < 0) return this.#text.length > maxChunkLine ? 'lost' : 'body'
      const [, digits] =
        /^([\da-f]{1,6})[ \t]*(?:;|$)/i.exec(this.#text.slice(0, Math.min(line, maxChunkLine))) ?? []
      if (digits === undefined) return 'lost'
      const length = parseInt(digits, 16)
      const end = line + 2 + length
      if (length === 0) return this.#readTrailer(line)
      if (this.#bodyLength + end > maxBodyLength) return 'lost'
      if (this.#text.length < end + 2) return 'body'
      if (!this.#text.startsWith('\r\n', end)) return 'lost'
      this.#bodyLength += end + 2
      this.#text = this.#text.slice(end + 2)
    }
  }

  #readTrailer(from: number): AnswerState {
    const end = this.#text.indexOf('\r\n\r\n', from)
    if (end < 0) return this.#text.length - from > maxChunkLine ? 'lost' : 'body'
    return end + 4 === this.#text.length && this.#mayGoOn ? 'over' : 'lost'
  }
}

/** The value of a field of a head; where it is there more than once all of them, as a list. */
function fieldOf(head: string, name: string): string | undefined {
  const lower = head.toLowerCase()
  const start = `\r\n${name}:`
  let value: string | undefined
  for (let at = lower.indexOf(start); at >= 0; at = lower.indexOf(start, at + 2)) {
    const one = head.slice(at + start.length, head.indexOf('\r\n', at + 2)).trim()
    value = value === undefined ? one : `${value}, ${one}`
  }
  return value
}
