export { openFrame } from '../format/open-frame.ts'
export { defaultWithPositionOptions, withPosition } from '../rx/with-position.ts'
export { intoJournal } from './into-journal.ts'

export type { OpenedFrame } from '../format/open-frame.ts'
export type { Provenance } from '../format/positions.ts'
export type { Position } from '../reading-types.ts'
export type { PositionStore, Saved, WithPositionOptions } from '../rx/with-position.ts'
export type { CopyResult } from './into-journal.ts'
