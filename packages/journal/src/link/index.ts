export { openFrame } from '../format/open-frame.ts'
export { intoJournal } from './into-journal.ts'

export type { OpenedFrame } from '../format/open-frame.ts'
export type { Provenance } from '../format/positions.ts'
export type { CopyResult } from './into-journal.ts'
