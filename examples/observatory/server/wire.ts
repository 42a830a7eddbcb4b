/**
 * What the page asks and is told: plain JSON, the one file that both sides know. Nothing here is a type of a package, so that
 * packages may change without the page. Times are ms since the Unix epoch by the observatory's clock.
 */

export type Severity = 1 | 2 | 3 | 4 | 5

export interface SeriesName {
  readonly key: string
  readonly metric: string
  readonly tags: Readonly<Record<string, string>>
}

/** How a value is compared; `'absent'` has its threshold in ms, `'changed'` has none. */
export type Comparison =
  | 'above'
  | 'below'
  | 'equals'
  | 'notEquals'
  | 'matches'
  | 'notMatches'
  | 'contains'
  | 'notContains'
  | 'changed'
  | 'absent'

/** One level of a rule. */
export interface Level {
  readonly severity: Severity
  readonly is: Comparison
  readonly threshold?: number | string
  /** Once wrong, it stays so until it is back at this. */
  readonly until?: number
  /** So long it must be wrong before it is a fault. */
  readonly forMs?: number
}

/** A rule set that is loaded, worst level first. */
export interface LoadedRule {
  readonly id: string
  readonly select: string
  readonly levels: readonly Level[]
  /** What is judged is the average over this time; each sample where absent. */
  readonly averageMs?: number
  /** Series that it watches now. */
  readonly watching: number
}

/** What was judged, and how. */
export interface Judgement {
  /** `'said'`: no single comparison, so that only the sentence says what it was. */
  readonly is: Comparison | 'said'
  /** The sentence of the rules, of `'said'`. */
  readonly said?: string
  readonly threshold?: number | string
  /** Absent where no sample was judged. */
  readonly value?: number | string
  readonly sampleTime: number
  /** The time that the average covers, at most the rule's; absent where a sample was judged. */
  readonly averageMs?: number
  /** Of what ended a fault: nothing recovered, no rule watches the series any more. */
  readonly ended?: 'removed'
}

interface Acknowledgement {
  readonly by: string
  readonly at: number
  /** Absent where it ends with the fault. */
  readonly until?: number
  readonly notes?: string
}

/** A stretch of time; without an end it lasts. */
export interface Stretch {
  readonly from: number
  readonly to?: number
}

/** A fault from its opening on; told anew, whole, whenever something of it changes. */
export interface Fault {
  readonly id: string
  /** What commands name it by; absent where it can take none. */
  readonly alert?: string
  readonly ruleSet: string
  readonly series: SeriesName
  /** Of one that ended, the last. */
  readonly severity: Severity
  readonly openedAt: number
  readonly endedAt?: number
  /** It ended while nobody looked: between the last that is known and `endedAt`. */
  readonly endedUnseen?: true
  /** A person ended it; the rules may see it still, and it is open again where it gets worse. */
  readonly endedBy?: string
  /** Each severity that it had, oldest first. */
  readonly severities: readonly { readonly severity: Severity; readonly since: number }[]
  /** The latest judgement. */
  readonly judgement: Judgement
  /** The same in one sentence, by the detector. */
  readonly text: string
  /** Of one that ended, the one that it had then. */
  readonly acknowledgement?: Acknowledgement
  /** When it was acknowledged, oldest first. */
  readonly acknowledged: readonly Stretch[]
  /** When it was in maintenance, oldest first. */
  readonly maintained: readonly Stretch[]
  /** Who was told of it for the first time, by which channel and when; absent where nobody was. */
  readonly told?: {
    /** Those whose routes ask for it; empty where nobody can say. */
    readonly groups: readonly string[]
    readonly channel?: string
    readonly at: number
  }
}

/** How it goes with telling one channel. */
export interface Channel {
  readonly name: string
  readonly state: 'waiting' | 'sending' | 'retrying' | 'delivered' | 'dead' | 'held'
  /** From the plan to the delivery, ms. */
  readonly tookMs?: number
  /** Attempts so far, where there were failed ones. */
  readonly attempts?: number
  /**
   * What the last failed attempt said; else why it is held (`maintenance`, `acknowledged`; once the fault has ended without it
   * having been told `cleared-before-wait`, `never-told`; of an end `flapping`; of one that is open again `opening-told`; where
   * something else was to be told first `before-severity`, `before-cleared`, `before-reopened`, `before-policy`) or dead (`refused`,
   * `deadline`, `no-notifier`).
   */
  readonly message?: string
  /** End of the wait, of the maintenance, or the next attempt. */
  readonly until?: number
}

/** Something that people were told, or did; told anew, whole, whenever something of it changes. */
export interface LogEntry {
  readonly id: string
  readonly time: number
  readonly type:
    | 'opened'
    | 'severity'
    | 'cleared'
    | 'acknowledged'
    | 'unacknowledged'
    | 'maintenance-began'
    | 'maintenance-ended'
  /** Absent of maintenance. */
  readonly fault?: string
  readonly ruleSet?: string
  readonly series?: SeriesName
  readonly severity?: Severity
  readonly previousSeverity?: Severity
  readonly judgement?: Judgement
  /** How long the fault was open, of `cleared`. */
  readonly durationMs?: number
  readonly by?: string
  readonly notes?: string
  /** Of `acknowledged` and `maintenance-began`, when it ends. */
  readonly until?: number
  /**
   * Why, of `unacknowledged` (`command`, `expired`, `worse-severity`), of `maintenance-ended` (`command`, `time`), and of a `cleared` that
   * no rule found (`command`, `asked`, `policy`).
   */
  readonly reason?: string
  /** What is in maintenance, a tag query. */
  readonly select?: string
  readonly channels: readonly Channel[]
}

/** A window of maintenance that runs or is to come. */
export interface Maintenance {
  readonly id: string
  readonly select: string
  readonly from: number
  readonly to: number
  readonly notes?: string
  /** It stands in the policy, where no command ends it. */
  readonly planned: boolean
}

/** A watched series, by how near what is judged of it is to its nearest threshold. */
export interface Close {
  readonly series: SeriesName
  /** The latest, or the average over `averageMs` up to it. */
  readonly value: number
  readonly averageMs?: number
  readonly level: Level
  /** Value as a part of the threshold; above 1 where it is violated. */
  readonly part: number
}

/** What the strip shows, each 5 s: the heartbeat of the stream. */
export interface Status {
  readonly now: number
  readonly viewers: number
  /** Series that are known, and those of them that rules watch. */
  readonly series: number
  readonly watched: number
  readonly sources: readonly {
    readonly name: 'machine' | 'statsd' | 'Graphite' | 'HTTPTrap'
    readonly port?: number
    /** Over the last seconds; absent until there are two readings of those. */
    readonly perSecond?: number
    /** Samples since the start. */
    readonly samples: number
  }[]
  readonly journal: { readonly state: string; readonly segments: number; readonly bytes: number }
  /** Samples that storage has not taken yet. */
  readonly lag: number
  readonly dropped: number
  readonly problems: {
    /** Since the start. */
    readonly total: number
    /** The latest of each source and reason, newest first, at most 20. */
    readonly latest: readonly {
      readonly time: number
      readonly from: string
      readonly reason: string
      readonly message: string
      readonly count: number
    }[]
  }
  /** `'ok'`, or the first part that does not work and why: then faults that there are would not be found. */
  readonly judging: string
  /** Of this machine; absent before the first. */
  readonly lastSampleAt?: number
  /** The three nearest to a limit, nearest first; absent while the past is still being read, of which one may be the nearest. */
  readonly closest?: readonly Close[]
}

/** `GET /api/state`. */
export interface State {
  readonly now: number
  /** The last event that is in it: those up to here change nothing. */
  readonly position: string
  readonly host: string
  readonly startedAt: number
  /** Goes into the header `x-tocsin-token` of each POST. */
  readonly token: string
  /** Of this machine's samples. */
  readonly periodMs: number
  readonly cores: number
  readonly rules: readonly LoadedRule[]
  /** The open ones, and those that ended within 24 h; in no order. */
  readonly faults: readonly Fault[]
  /** The one that ended last, however long ago. */
  readonly lastEnded?: Fault
  /** Of 24 h, newest first, at most 200. */
  readonly log: readonly LogEntry[]
  readonly maintenance: readonly Maintenance[]
  /** When the observatory did not run, 30 days, oldest first. */
  readonly pauses: readonly { readonly from: number; readonly to: number }[]
  /** Lines to paste into a shell. */
  readonly lines: readonly {
    readonly source: 'statsd' | 'Graphite' | 'HTTPTrap'
    readonly label: string
    readonly line: string
    /** The same, with what is secret shortened; absent where nothing is. */
    readonly shown?: string
    /** First sample of that source in this run. */
    readonly cameAt?: number
  }[]
  readonly status: Status
}

/** `GET /api/faults?from&to`: faults that were open in that time, at most 31 days, and what was told then. */
export interface FaultHistory {
  readonly now: number
  readonly faults: readonly Fault[]
  /** Newest first, at most 1000. */
  readonly log: readonly LogEntry[]
  readonly pauses: readonly { readonly from: number; readonly to: number }[]
}

/** What is drawn of a series: its samples, its growth per second, or blocks of text. */
export type Drawn = 'number' | 'rate' | 'text'

/** A level with a line in the charts. */
export interface Threshold {
  readonly severity: Severity
  readonly is: 'above' | 'below'
  readonly threshold: number
  readonly ruleSet: string
  readonly averageMs?: number
  /** The series that it is for; all of the card where absent. */
  readonly keys?: readonly string[]
}

export interface ShownSeries {
  readonly series: SeriesName
  /** The latest, absent where none is known. */
  readonly value?: Value
  readonly time?: number
  /** What is usual between two samples, ms. */
  readonly stepMs?: number
}

/** One metric. */
export interface MetricCard {
  readonly metric: string
  readonly drawn: Drawn
  /** Series that match. */
  readonly count: number
  /** The largest now, at most `most` of the request (9). */
  readonly shown: readonly ShownSeries[]
  readonly thresholds: readonly Threshold[]
}

/**
 * `GET /api/catalogue?select&offset&limit&metric&most`: nine metrics at a time. `metric` asks for one alone. 400 with
 * {@link Refusal} where the query cannot be read.
 */
export interface Catalogue {
  readonly now: number
  readonly series: number
  readonly matching: number
  /** Metrics of this machine that match, all of them; the page composes its cards of them. */
  readonly machine: {
    readonly series: number
    readonly matching: number
    readonly cards: readonly MetricCard[]
  }
  /** Everything else, by name. */
  readonly sent: {
    readonly series: number
    readonly matching: number
    readonly metrics: number
    readonly matchingMetrics: number
    readonly offset: number
    readonly cards: readonly MetricCard[]
  }
  /** Tags that would narrow it, those of most use first; at most 6. */
  readonly tags: readonly { readonly category: string; readonly value: string; readonly count: number }[]
}

/** `'NaN'`, `'Infinity'` and `'-Infinity'` are what JSON has no number for; every other text is one. */
export type Value = number | string

/** `POST /api/history` asks: at most 120 series. */
export interface HistoryQuestion {
  readonly from: number
  readonly to: number
  readonly keys: readonly string[]
}

export interface History {
  readonly now: number
  readonly series: readonly SeriesHistory[]
}

/** Older windows, then samples; the windows end before the first sample. */
export interface SeriesHistory {
  readonly key: string
  readonly drawn: Drawn
  readonly stepMs?: number
  readonly windows?: {
    readonly start: number
    readonly periodMs: number
    /** A slot per window, `null` where nothing came. */
    readonly average: readonly (Value | null)[]
    /** The band, from 24 h on. */
    readonly min?: readonly (number | null)[]
    readonly max?: readonly (number | null)[]
  }
  /** As they came, thinned to what can be seen: of each stretch its first, smallest, largest and last. */
  readonly samples?: {
    /** Differences in ms, the first one from 1970. */
    readonly times: readonly number[]
    readonly values: readonly Value[]
  }
}

/** `POST /api/shown`: of which series a viewer wants the samples from now on; at most 500. 204. */
export interface Shown {
  readonly viewer: string
  /** Chosen by the viewer; `samples` carry it. */
  readonly version: number
  readonly keys: readonly string[]
}

/**
 * `GET /api/live?viewer=ID&after=POSITION`: server-sent events, each of these by its name. `fault`, `entry` and `maintenance` have
 * an id, by which `Last-Event-ID` (or `after`) has the missed ones sent again.
 */
export interface LiveEvents {
  /** First. Not `resumed`: events are missing, so that the state is to be fetched again. */
  readonly hello: { readonly now: number; readonly resumed: boolean }
  readonly fault: Fault
  readonly entry: LogEntry
  /** All windows that run or are to come. */
  readonly maintenance: readonly Maintenance[]
  /** `[index in keys, time, value]` of what was asked for by that version of {@link Shown}. */
  readonly samples: { readonly version: number; readonly rows: readonly (readonly [number, number, Value])[] }
  readonly status: Status
  /** Series are new. */
  readonly catalogue: { readonly series: number; readonly watched: number }
  /** Events were left out for a viewer that is too slow: the state is to be fetched again. */
  readonly gap: { readonly missed: number }
}

/** `POST /api/commands`: 200 with `{}`; the stream tells everybody what came of it. */
export type Command =
  | {
      readonly type: 'acknowledge'
      readonly alert: string
      readonly by: string
      readonly notes?: string
      readonly until?: number
    }
  | { readonly type: 'unacknowledge'; readonly alert: string; readonly by: string }
  | { readonly type: 'clear'; readonly alert: string; readonly by: string; readonly notes?: string }
  | {
      readonly type: 'maintenance'
      readonly select: string
      readonly from: number
      readonly to: number
      readonly notes?: string
    }
  | { readonly type: 'end-maintenance'; readonly id: string }

/** What every refused request gets, with a status of 400 and above. */
export interface Refusal {
  /** One sentence. */
  readonly error: string
  /** A word for programs, such as `unknown-alert`. */
  readonly reason?: string
  /** Of a query, the character (from 0) at which it went wrong. */
  readonly offset?: number
  /** The fault had ended then. */
  readonly endedAt?: number
}
