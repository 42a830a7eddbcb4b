/**
 * A record of the log: a header, then entries until it ends. Little-endian; a text is UTF-8 behind its length in bytes, u32.
 *
 *     header  f64 arrival | f64 smallest time, f64 largest time of its readings (NaN: none) | f64 seq (NaN: no position) | text journalId
 *     entry   u8 type | …
 */
export const entry = {
  /** u32 series | f64 time | f64 value: a gauge or state, and with {@link eventFlag} an observation or delta. */
  number: 0,
  /** … | f64 weight: the total is the product. */
  weighted: 1,
  /** … | f64 weight | f64 total. */
  total: 2,
  /** u32 series | f64 time | f64 value. */
  counter: 3,
  /** … | text: all its digits. */
  exactCounter: 4,
  /** u32 series | f64 time | text. */
  text: 5,
  /** u32 series | text: its name. */
  name: 6,
  /** u32 file | f64 end: what stands behind it in that file does not count. */
  fileEnd: 7,
  /** f64: where the log is complete from. */
  completeFrom: 8,
  /** Ends a file: f64 smallest time | f64 largest time | f64 first arrival | f64 last arrival, NaN where there are none. */
  seal: 9,
} as const

/** Each one counts, whatever else its series has at that moment. */
export const eventFlag = 0x10

/** Bytes before the journalId. */
export const fixedHeaderBytes = 36
