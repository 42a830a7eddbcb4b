import { buildSeries } from '@tocsin/core'

/** Whether a check may be called so: it becomes the value of the tag `check`. */
export const isCheckName = (name: string): boolean => name !== '' && buildSeries('check', { check: name }).ok
