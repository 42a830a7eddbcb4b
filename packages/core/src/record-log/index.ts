export { headerBytes as emptyRecordBytes } from './frame.ts'
export { createRecordFile, continueRecordFile, rewriteRecords } from './record-file.ts'
export { readLastRecord } from './read-last-record.ts'
export { scanRecords } from './scan-records.ts'

export type { RecordEnd, RecordFile, RecordFileName } from './record-file.ts'
export type { LastRecord } from './read-last-record.ts'
export type { DamagedPart, RecordScan, ScanRange, TakeRecord } from './scan-records.ts'
