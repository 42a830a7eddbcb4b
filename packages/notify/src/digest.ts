import { createHash } from 'node:crypto'

/** 32 hexadecimal digits that stand for the text: the first half of its SHA-256. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
