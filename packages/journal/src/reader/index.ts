export { defaultJournalReaderOptions, openJournalReader } from './open-journal-reader.ts'

export type { JournalReader } from './folder-reader.ts'
export type { JournalReaderOptions } from './open-journal-reader.ts'
