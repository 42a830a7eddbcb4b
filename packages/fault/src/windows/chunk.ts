/** Records of rows side by side, in words of 8 bytes that three views share. */
export interface Chunk {
  readonly f64: Float64Array
  /** Two a word. */
  readonly f32: Float32Array
  /** Two a word. */
  readonly u32: Uint32Array
}

/** Where in a word's two halves the sign and the exponent of a double lie. */
export const highHalf: 0 | 1 = new Uint32Array(new Float64Array([1]).buffer)[0] === 0 ? 1 : 0

/** An empty chunk. */
export function createChunk(words: number): Chunk {
  const buffer = new ArrayBuffer(words * 8)
  return { f64: new Float64Array(buffer), f32: new Float32Array(buffer), u32: new Uint32Array(buffer) }
}

/** A longer chunk that begins with the same. */
export function grownChunk(chunk: Chunk, words: number): Chunk {
  const grown = createChunk(words)
  grown.f64.set(chunk.f64)
  return grown
}
