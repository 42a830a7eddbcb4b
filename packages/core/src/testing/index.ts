export { memoryFileSystem } from './memory-file-system.ts'
export type { MemoryFileSystem } from './memory-file-system.ts'
