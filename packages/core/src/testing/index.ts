export { memoryFileSystem } from './memory-file-system.ts'
export {
  dividedBy,
  fromDouble,
  minus,
  nearestDouble,
  nearestRoot,
  plus,
  rational,
  times,
  total,
  ulpsBetween,
} from './rational.ts'
export { play } from './samples/play.ts'
export { samples, samplesFromMarbles } from './samples/samples.ts'
export { untilStopped } from './until-stopped.ts'
export { virtualTime } from './virtual-time.ts'
export type { FaultOptions, FileOperation } from './faults.ts'
export type { MemoryFileSystem } from './memory-file-system.ts'
export type { NameChoice, NameOperation } from './memory-names.ts'
export type { BytesChoice, Place, PowerCut } from './power-cut.ts'
export type { Rational } from './rational.ts'
export type { Marbles, MarblesOptions } from './samples/marbles.ts'
export type { SampleSequence, SamplesOptions } from './samples/samples.ts'
export type { VirtualTime, VirtualTimeOptions } from './virtual-time.ts'
