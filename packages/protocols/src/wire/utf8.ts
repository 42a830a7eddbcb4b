const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of UTF-8 bytes, or `undefined` where they are none. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string | undefined {
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}
