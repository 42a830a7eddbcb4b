export { DirectoryLockedError, lockDirectory, lockName } from './directory-lock.ts'
export { readLockFile, takeLockFile } from './lock-file.ts'
export { openNameLocks } from './name-locks.ts'
export { identifyProcess, stateOfProcess } from './process-identity.ts'

export type { DirectoryLock } from './directory-lock.ts'
export type { LockFile, LockOwner } from './lock-file.ts'
export type { ProcessIdentity } from './process-identity.ts'
