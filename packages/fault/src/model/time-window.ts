/** A weekday. */
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

/** A part of each day, or of some days of the week, by the clocks of a place; or one stretch of time. */
export type TimeWindow =
  | {
      /** Begins at this time of day, `'22:00'`, and belongs to that day. */
      readonly from: string
      /** Ends at this time of day, which is no longer in it; of the next day where it is not after `from`. */
      readonly until: string
      /** Whose clocks: an IANA time zone. @defaultValue `'UTC'` */
      readonly zone?: string
      /** On which days it begins. @defaultValue every day */
      readonly days?: readonly Weekday[]
    }
  | {
      /** Begins at this moment, ISO 8601 with a zone: `'2026-01-05T22:00:00Z'`. */
      readonly start: string
      /** Ends at this moment, which is no longer in it. */
      readonly end: string
    }
