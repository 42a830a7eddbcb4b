import { importsOf, type Sources } from './sources.ts'

/** One row of a table: a folder of `src`, or files that lie directly in it. */
interface Room {
  readonly name: string
  /** Paths below `src`; that of a folder ends in `/`. */
  readonly places: readonly string[]
  /** Names of rooms. */
  readonly mayImport: readonly string[]
}

/** The table of each package, top floor first, as it stands under "The rooms" of docs/architecture.md. */
function parseRooms(page: string): ReadonlyMap<string, readonly Room[]> {
  const section = page.split(/^## /m).find((text) => text.startsWith('The rooms\n')) ?? ''
  const [, ...tables] = section.split(/^### /m)
  return new Map(tables.map((text) => [/`(\w+)`/.exec(text)?.[1] ?? '', parseTable(text)]))
}

function parseTable(text: string): Room[] {
  const [, , ...rows] = text.split('\n').filter((line) => line.startsWith('|'))
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()))
  const rooms = cells.map(([, room = '', , mayImport = '']) => {
    const places = [...room.matchAll(/`([\w/-]+)`/g)].map(([, name = '']) =>
      name.endsWith('/') ? name : `${name}.ts`,
    )
    return { name: nameOf(room), places, mayImport }
  })
  return rooms.map((room, floor) => ({
    ...room,
    mayImport:
      room.mayImport === 'all below'
        ? rooms.slice(floor + 1).map(({ name }) => name)
        : room.mayImport
            .split(', ')
            .filter((name) => name !== 'nothing')
            .map(nameOf),
  }))
}

/** `` `engine/` `` is its own name; of `` options: `rollup-options` `store-options` `` it is what stands before the colon. */
const nameOf = (room: string): string => room.replace(/:.*/, '').replaceAll('`', '')

/** Files without a row, rows without files, and imports that the tables do not allow. */
export function roomFaults(sources: Sources, page: string): string[] {
  const tables = parseRooms(page)
  const packages = new Set([...sources.keys()].map((path) => path.split('/')[1] ?? ''))
  return [...packages].flatMap((name) => tableFaults(name, tables.get(name) ?? [], sources))
}

function tableFaults(name: string, rooms: readonly Room[], sources: Sources): string[] {
  const src = `packages/${name}/src/`
  const paths = [...sources.keys()].filter((path) => path.startsWith(src))
  const isAt = (place: string, path: string): boolean =>
    place.endsWith('/') ? path.startsWith(src + place) : path === src + place
  const roomOf = (path: string): Room | undefined =>
    rooms.find(({ places }) => places.some((place) => isAt(place, path)))
  const imports = importsOf(sources)

  const homeless = paths.filter((path) => roomOf(path) === undefined).map((path) => `${path} is in no room`)
  const gone = rooms
    .flatMap(({ places }) => places)
    .filter((place) => !paths.some((path) => isAt(place, path)))
    .map((place) => `${src}${place} is a room that is gone`)
  const upward = rooms.flatMap((room, floor) =>
    room.mayImport
      .filter((other) => !rooms.slice(floor + 1).some(({ name: below }) => below === other))
      .map((other) => `${name}: the table lets ${room.name} import ${other}, which is not below it`),
  )
  const forbidden = paths.flatMap((path) => {
    const room = roomOf(path)
    const outside = (imports.get(path) ?? []).filter((other) => {
      const target = roomOf(other)
      return room !== target && (target === undefined || room?.mayImport.includes(target.name) !== true)
    })
    return outside.map((other) => `${path} may not import ${other}`)
  })
  return [...homeless, ...gone, ...upward, ...forbidden]
}
