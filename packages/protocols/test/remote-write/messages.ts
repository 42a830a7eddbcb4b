/** Writes the messages of remote write, field by field, so that they can be wrong in any way. */

export type Label = readonly [name: string, value: string]

export interface SampleFields {
  readonly value?: number | Uint8Array
  readonly time?: number | bigint
  readonly start?: number
}

interface Side {
  readonly spans: readonly (readonly [offset: number, length: number])[]
  /** Counts less the one before, or counts of a histogram with decimals. */
  readonly counts: readonly number[]
}

export interface HistogramFields {
  readonly count?: number
  readonly decimalCount?: number
  readonly sum?: number | Uint8Array
  readonly schema?: number
  readonly zeroThreshold?: number
  readonly zeroCount?: number
  readonly decimalZeroCount?: number
  readonly negative?: Side
  readonly positive?: Side
  readonly time?: number
  readonly bounds?: readonly number[]
  readonly start?: number
  /** Counts that its kind should not have. */
  readonly also?: Buffer
}

export interface SeriesFields {
  readonly labels: readonly Label[]
  readonly samples?: readonly SampleFields[]
  readonly histograms?: readonly HistogramFields[]
  readonly exemplars?: readonly {
    readonly labels: readonly Label[]
    readonly value: number
    readonly time: number
  }[]
  readonly type?: number
  readonly help?: string
  readonly unit?: string
  /** When it began, as older senders of 2.0 wrote it. */
  readonly created?: number
}

export const staleNan: Uint8Array = Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f)

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

export const zigzag = (value: number): Buffer =>
  varint(value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n)

export const bytesField = (field: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes])

export const numberField = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(field << 3), varint(value)])

export const doubleField = (field: number, value: number | Uint8Array): Buffer =>
  Buffer.concat([varint((field << 3) | 1), doubleBytes(value)])

function doubleBytes(value: number | Uint8Array): Uint8Array {
  if (typeof value !== 'number') return value
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

const given = <T>(value: T | undefined, write: (value: T) => Buffer): readonly Buffer[] =>
  value === undefined ? [] : [write(value)]

export const labelMessage = ([name, value]: Label): Buffer =>
  Buffer.concat([bytesField(1, Buffer.from(name)), bytesField(2, Buffer.from(value))])

export const sampleMessage = ({ value, time, start }: SampleFields): Buffer =>
  Buffer.concat([
    ...given(value, (one) => doubleField(1, one)),
    ...given(time, (one) => numberField(2, one)),
    ...given(start, (one) => numberField(3, one)),
  ])

function sideFields({ spans, counts }: Side, first: number, isDecimal: boolean): readonly Buffer[] {
  return [
    ...spans.map(([offset, length]) =>
      bytesField(first, Buffer.concat([varint(1 << 3), zigzag(offset), numberField(2, length)])),
    ),
    isDecimal
      ? bytesField(first + 2, Buffer.concat(counts.map(doubleBytes)))
      : bytesField(first + 1, Buffer.concat(counts.map(zigzag))),
  ]
}

/** Fields without a value are left out, as protobuf has it. */
export function histogramMessage(histogram: HistogramFields): Buffer {
  const { negative, positive, bounds, also } = histogram
  const isDecimal = histogram.decimalCount !== undefined
  return Buffer.concat([
    ...given(histogram.count, (one) => numberField(1, one)),
    ...given(histogram.decimalCount, (one) => doubleField(2, one)),
    ...given(histogram.sum, (one) => doubleField(3, one)),
    ...given(histogram.schema, (one) => Buffer.concat([varint(4 << 3), zigzag(one)])),
    ...given(histogram.zeroThreshold, (one) => doubleField(5, one)),
    ...given(histogram.zeroCount, (one) => numberField(6, one)),
    ...given(histogram.decimalZeroCount, (one) => doubleField(7, one)),
    ...(negative === undefined ? [] : sideFields(negative, 8, isDecimal)),
    ...(positive === undefined ? [] : sideFields(positive, 11, isDecimal)),
    ...given(histogram.time, (one) => numberField(15, one)),
    ...given(bounds, (all) => bytesField(16, Buffer.concat(all.map(doubleBytes)))),
    ...given(histogram.start, (one) => numberField(17, one)),
    ...(also === undefined ? [] : [also]),
  ])
}

/** A series of 1.0. */
export const seriesMessage = ({
  labels,
  samples = [],
  histograms = [],
  exemplars = [],
}: SeriesFields): Buffer =>
  Buffer.concat([
    ...labels.map((label) => bytesField(1, labelMessage(label))),
    ...samples.map((sample) => bytesField(2, sampleMessage(sample))),
    ...exemplars.map(({ labels: own, value, time }) =>
      bytesField(
        3,
        Buffer.concat([
          ...own.map((label) => bytesField(1, labelMessage(label))),
          doubleField(2, value),
          numberField(3, time),
        ]),
      ),
    ),
    ...histograms.map((histogram) => bytesField(4, histogramMessage(histogram))),
  ])

/** Metadata of 1.0. */
export const metadataMessage = (type: number, family: string, help = 'what it is'): Buffer =>
  Buffer.concat([numberField(1, type), bytesField(2, Buffer.from(family)), bytesField(4, Buffer.from(help))])

/** `prometheus.WriteRequest`. */
export const olderRequest = (series: readonly SeriesFields[], metadata: readonly Buffer[] = []): Buffer =>
  Buffer.concat([
    ...series.map((one) => bytesField(1, seriesMessage(one))),
    ...metadata.map((one) => bytesField(3, one)),
  ])

export const refsField = (refs: readonly number[]): Buffer => bytesField(1, Buffer.concat(refs.map(varint)))

/** `io.prometheus.write.v2.Request`. */
export function newerRequest(series: readonly SeriesFields[]): Buffer {
  const symbols = new Map([['', 0]])
  const refOf = (text: string): number => {
    const known = symbols.get(text) ?? symbols.size
    symbols.set(text, known)
    return known
  }
  const refsOf = (labels: readonly Label[]): Buffer =>
    refsField(labels.flatMap(([name, value]) => [refOf(name), refOf(value)]))
  const messages = series.map(
    ({ labels, samples = [], histograms = [], exemplars = [], type, help, unit, created }) =>
      Buffer.concat([
        refsOf(labels),
        ...samples.map((sample) => bytesField(2, sampleMessage(sample))),
        ...histograms.map((histogram) => bytesField(3, histogramMessage(histogram))),
        ...exemplars.map(({ labels: own, value, time }) =>
          bytesField(4, Buffer.concat([refsOf(own), doubleField(2, value), numberField(3, time)])),
        ),
        ...given(type, (one) =>
          bytesField(
            5,
            Buffer.concat([
              numberField(1, one),
              ...given(help, (text) => numberField(3, refOf(text))),
              ...given(unit, (text) => numberField(4, refOf(text))),
            ]),
          ),
        ),
        ...given(created, (one) => numberField(6, one)),
      ]),
  )
  return newerMessage([...symbols.keys()], messages)
}

/** The same of texts and series that are written already. */
export const newerMessage = (symbols: readonly string[], series: readonly Buffer[]): Buffer =>
  Buffer.concat([
    ...symbols.map((text) => bytesField(4, Buffer.from(text))),
    ...series.map((one) => bytesField(5, one)),
  ])
