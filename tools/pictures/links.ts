import { arrow, box, label, line, picture } from './svg.ts'

/** A machine with its journal. */
const machine = (x: number, y: number, name: string, does: string, note: string): readonly string[] => [
  box(x, y, 200, 74, 'box'),
  label(x + 12, y + 22, name, 'strong'),
  label(x + 12, y + 40, does),
  box(x + 12, y + 48, 176, 18, 'kept'),
  label(x + 18, y + 61, note, 'small'),
]

/** Who dials whom, and which way records go. */
function links(): string {
  const parts = [
    ...machine(20, 40, 'berlin', 'serveJournal({ listen })', 'its journal keeps what is not taken'),
    ...machine(20, 150, 'paris', 'serveJournal({ listen })', 'cursors: north, south'),
    ...machine(20, 276, 'rome, behind NAT', 'serveJournal({ connect })', 'dials out, and is followed'),
    ...machine(560, 40, 'north', 'follow({ connect, into })', 'berlin 812, paris 377, rome 90'),
    ...machine(560, 150, 'south', 'follow({ connect, into })', 'the same records, by its own name'),
    ...machine(560, 276, 'north, once more', 'follow({ listen, into })', 'takes whoever has a certificate'),
    arrow(224, 66, 556, 66),
    arrow(224, 88, 556, 168),
    arrow(224, 176, 556, 92),
    arrow(224, 198, 556, 198),
    arrow(224, 312, 556, 312, 'lateway'),
    label(390, 58, 'frames, as they are on disk', 'small', 'middle'),
    label(390, 216, 'acknowledged when durable over there', 'small', 'middle'),
    label(390, 304, 'the same, over a connection that the collector dialed', 'small', 'middle'),
    line(20, 256, 760, 256, 'faint'),
    label(20, 20, 'collectors', 'strong'),
    label(760, 20, 'aggregators', 'strong', 'end'),
    label(
      20,
      372,
      'Every arrow is TLS 1.3 with certificates both ways. Aggregators dial where the line is whole, collectors where it is dashed.',
      'small',
    ),
  ]
  const title =
    'Collectors hand their records to two aggregators, which each copy all of them under a name of its own; a collector behind an address that nobody can dial dials out itself'
  return picture(780, 384, title, parts)
}

/** The pictures of the guide about links, by file name. */
export const linkPictures: Readonly<Record<string, () => string>> = { 'links-machines.svg': links }
